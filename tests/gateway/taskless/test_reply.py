import asyncio

import pytest

from gateway.taskless.reply import Reply, reply_or_future


async def wait_for(reply):
    return await reply


def test_a_reply_that_is_set_is_not_waited_for():
    reply = Reply()
    reply.set_result(5)
    assert reply.done()
    with pytest.raises(StopIteration) as end:
        wait_for(reply).send(None)
    assert end.value.value == 5


def test_whoever_sets_it_runs_who_waits():
    reply, ran = Reply(), []
    waiting = wait_for(reply)
    assert waiting.send(None) is reply
    assert not reply.done()
    reply.then = lambda: ran.append(True)
    reply.set_exception(ValueError("no"))
    assert ran == [True]
    with pytest.raises(ValueError, match="no"):
        waiting.send(None)


async def test_a_task_waits_for_a_future():
    assert isinstance(reply_or_future(asyncio.get_running_loop()), asyncio.Future)


async def test_without_a_task_there_is_a_reply():
    loop = asyncio.get_running_loop()
    seen = loop.create_future()
    loop.call_soon(lambda: seen.set_result(type(reply_or_future(loop))))
    assert await seen is Reply
