"""YAML, variables and overrides, before anybody knows which keys there are."""

import pytest

from gateway.config.source import ConfigError, fill_in, override, read_file, read_text


def read(text: str, **environ: str) -> object:
    return fill_in(read_text(text, "config.yaml"), environ)


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("", {}),
        ("# nothing\n", {}),
        ("a: ${X}", {"a": "1: 2"}),
        ("a: {b: ${X}, c: [${X}]}", {"a": {"b": "1: 2", "c": ["1: 2"]}}),
        ("a: '${X}'", {"a": "1: 2"}),
        ("a: http://${X}/${Y}", {"a": "http://1: 2/${X}"}),
        ("a: $X ${} ${x-y}", {"a": "$X ${} ${x-y}"}),
        ("# ${UNSET}\na: 1", {"a": 1}),
        ("a: 2027-01-31", {"a": "2027-01-31"}),
    ],
)
def test_reads(text, document):
    assert read(text, X="1: 2", Y="${X}") == document


@pytest.mark.parametrize(
    ("text", "path"), [("a: ${NO}", "a"), ("a: {b: {c: ${NO}}}", "a.b.c"), ("a: [1, {b: x${NO}}]", "a[1].b")]
)
def test_names_the_key_of_an_unset_variable(text, path):
    with pytest.raises(ConfigError, match="NO is not set") as caught:
        read(text)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2", "config.yaml, line 1: the key 'a' is given twice"),
        ("ok: 1\na: {b: 1, b: 2}", "config.yaml, line 2: the key 'b' is given twice"),
        ("- 1", "config.yaml: must hold keys and values"),
        ("secret: 'hush\n", "config.yaml, line 2: found unexpected end of stream"),
        ("secret: hush: hush", "config.yaml, line 1: mapping values are not allowed here"),
        ("a: !!python/object:os.system hush", "config.yaml, line 1: could not determine a constructor"),
        ("a: \x01", "config.yaml: is not YAML"),
    ],
)
def test_refuses_without_quoting_the_file(text, says):
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert str(caught.value).startswith(says)
    assert "hush" not in str(caught.value)


def test_names_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match=r"missing\.yaml: cannot be read: No such file"):
        read_file(tmp_path / "missing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff")
    with pytest.raises(ConfigError, match=r"latin\.yaml: cannot be read: is not UTF-8"):
        read_file(tmp_path / "latin.yaml")


def test_overrides_without_touching_what_was_read():
    document = {"a": {"b": 1, "c": 2}, "d": 3}
    environ = {"CHAT_GATEWAY_A__B": "x", "CHAT_GATEWAY_D": "null", "CHAT_GATEWAY_E__F": "[1]", "OTHER": "y"}
    result = override(document, environ, lambda path: path == ("e", "f"))
    assert result == {"a": {"b": "x", "c": 2}, "d": None, "e": {"f": [1]}}
    assert document == {"a": {"b": 1, "c": 2}, "d": 3}
