"""Pictures, videos, recordings and files: sent from either modal, shown in the other."""

import base64
import re
from urllib.parse import urljoin

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web.side import Page, Side, Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>parent.document.title = "run"</script></svg>'
#: Keeps what the bar of an upload showed.
WATCH_BAR = """() => {
    window.shares = [];
    new MutationObserver((changes) => changes.forEach(({target}) => target.matches?.('progress') &&
        window.shares.push(target.value))).observe(document.body, {subtree: true, attributes: true});
}"""
MAKE_VIDEO = """async () => {
    const canvas = Object.assign(document.createElement('canvas'), {width: 64, height: 48});
    const pen = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(10), {mimeType: 'video/webm'});
    const parts = [];
    recorder.ondataavailable = ({data}) => parts.push(data);
    const done = new Promise((resolve) => { recorder.onstop = resolve });
    recorder.start();
    for (let step = 0; step < 10; step += 1) {
        pen.fillStyle = `hsl(${step * 36} 80% 50%)`;
        pen.fillRect(0, 0, 64, 48);
        await new Promise((resolve) => setTimeout(resolve, 60));
    }
    recorder.stop();
    await done;
    return Array.from(new Uint8Array(await new Blob(parts).arrayBuffer()));
}"""


@pytest_asyncio.fixture(loop_scope="session", params=["legacy", "modern"])
async def pair(request: pytest.FixtureRequest, visit: Visit) -> tuple[Side, Side]:
    page: Page = await visit()
    sides = (page.legacy, page.modern) if request.param == "legacy" else (page.modern, page.legacy)
    for side in sides:
        await expect(side.messages.first).to_be_visible()
    return sides


async def test_a_picture_and_a_video_are_previewed_sent_and_shown(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.root.get_by_label("Choose a file").set_input_files(
        {"name": "dot.png", "mimeType": "image/png", "buffer": PNG}
    )
    await expect(me.dialog.locator(".preview-box img")).to_be_visible()
    await me.dialog.get_by_label("Caption").fill("A green dot")
    await me.dialog.get_by_role("button", name="Send", exact=True).click()
    picture = other.message("A green dot").locator("img.media-picture")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("naturalWidth", 10)

    content = bytes(await me.page.raw.evaluate(MAKE_VIDEO))
    await me.send_file("clip.webm", "video/webm", content, "A short clip")
    video = other.message("A short clip").locator("video")
    await expect(video).to_be_visible()
    await expect(video).to_have_js_property("videoWidth", 64)


async def test_a_recording_is_made_heard_and_sent(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.button("Record a voice message").click()
    await expect(me.root.locator(".record-time")).to_have_text(re.compile("0:0[1-9]"))
    await me.button("Stop recording").click()
    await expect(me.dialog.locator("audio")).to_be_visible()
    await me.dialog.get_by_role("button", name="Send", exact=True).click()
    recording = other.messages.last.locator("audio")
    await expect(recording).to_be_visible()
    played = "async (element) => { await element.play(); return element.duration > 0 || !element.error }"
    assert await recording.evaluate(played) is True


async def test_a_file_is_sent_with_a_progress_bar_and_an_svg_is_only_a_file(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.page.raw.evaluate(WATCH_BAR)
    await me.send_file("plan.pdf", "application/pdf", b"%PDF-1.4\n" + b"x" * 3_000_000, "The plan")
    await expect(other.message("The plan").get_by_role("link", name="plan.pdf")).to_be_visible()
    shares = await me.page.raw.evaluate("window.shares")
    assert shares == sorted(shares)
    assert shares[-1] == 1

    await me.send_file("drawing.svg", "image/svg+xml", SVG, "My drawing")
    message = other.message("My drawing")
    await expect(message.get_by_role("link", name="drawing.svg")).to_be_visible()
    assert await message.locator("img, object, iframe, svg script").count() == 0
    address = await message.get_by_role("link").get_attribute("href")
    assert address
    answer = await me.page.raw.request.get(urljoin(me.page.stage.gateway, address))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment")
