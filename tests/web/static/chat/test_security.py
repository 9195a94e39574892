"""Devices and the two-step password, in both modals."""

import pytest
from playwright.async_api import expect

from tests.web.side import Side, Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_devices_are_signed_out_and_a_second_password_is_asked(visit: Visit) -> None:
    page = await visit()
    sides: dict[Side, str] = {page.legacy: "Safari", page.modern: "Android phone"}
    for side, device in sides.items():
        await side.button("Settings").click()
        await side.dialog.get_by_text("Where you are signed in").click()
        await expect(side.dialog.get_by_role("list", name="Devices")).to_contain_text(device)
        await side.dialog.get_by_role("button", name=f"Sign out {device}").click()
        await expect(side.dialog.get_by_role("list", name="Devices")).not_to_contain_text(device)
        await side.dialog.get_by_text("Two-step password").click()
        await side.dialog.get_by_label("Password", exact=True).fill(f"of {side.shape}")
        await side.dialog.get_by_role("button", name="Turn on").click()
        await expect(side.dialog).to_contain_text("It is on")
    await page.raw.reload()
    for side in sides:
        door = side.root.locator(".door")
        await door.get_by_label("Password").fill("of somebody else")
        await door.get_by_role("button", name="Open the chat").click()
        await expect(door.get_by_role("alert")).to_have_text("This is not the password.")
        await expect(side.root.locator(".conversation")).to_have_count(0)
        await door.get_by_label("Password").fill(f"of {side.shape}")
        await door.get_by_role("button", name="Open the chat").click()
        await expect(side.root.locator(".conversation").first).to_be_visible()
    assert "of " not in await page.raw.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
