from gateway.fields.memo import Memo


def test_the_oldest_makes_room():
    memo: Memo[str, int] = Memo(2)
    memo.put("a", 1)
    memo.put("b", 2)
    memo.put("a", 3)  # known: nothing is pushed out
    assert (memo.get("a"), memo.get("b"), len(memo)) == (3, 2, 2)
    memo.put("c", 4)
    assert (memo.get("a"), memo.get("b"), memo.get("c"), len(memo)) == (None, 2, 4, 2)
