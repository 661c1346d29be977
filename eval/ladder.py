"""The ablation ladder: the product with one thing changed at a time, each against the product."""

from collections.abc import Callable

import numpy as np

from eval.bench import Bench
from eval.result import Rung
from eval.statistics import difference, holm
from eval.variant import Variant, variant

RUNGS = {
    "只用词": "lexical",
    "只用向量": "dense",
    "去掉词": "hybrid,lexical=0",
    "去掉案例": "hybrid,case=0",
    "去掉单字": "hybrid,characters=0",
    "去掉段落向量": "hybrid,dense=0",
    "去掉分句向量": "hybrid,clause=0",
    "去掉居中向量": "hybrid,centred=0",
    "不加篇名": "hybrid,title=off",
    "不加小标题": "hybrid,headings=off",
    "不加前文": "hybrid,before=off",
    "三样都不加": "hybrid,header=off",
    "不用双字": "hybrid,bigrams=off",
    "不用词表": "hybrid,lexicon=off",
    "不看地名": "hybrid,place=off",
    "类别加分": "hybrid,aspect=0.02",
    "极差归一": "hybrid,fusion=minmax",
    "名次融合": "hybrid,fusion=rrf",
}
"""What each rung is called, and the configuration that it stands for."""
SHOWN = ("nDCG@10", "S@1")


def climbed(bench: Bench, base: Variant, advance: Callable[[], None] = lambda: None) -> tuple[Rung, ...]:
    """Return each rung's figures and its difference from the base, with chances corrected for their number."""
    reference = bench.values(base, bench.run(base, advance))
    values = {
        name: bench.values(found, bench.run(found, advance))
        for name, found in ((name, variant(words)) for name, words in RUNGS.items())
    }
    differences = {name: difference(reference["nDCG@10"], of["nDCG@10"]) for name, of in values.items()}
    corrected = holm([each.p for each in differences.values()])
    return tuple(
        Rung(
            name=name,
            configuration=RUNGS[name],
            means={measure: float(np.mean(list(of[measure].values()))) for measure in SHOWN},
            difference=differences[name],
            p_corrected=p,
        )
        for (name, of), p in zip(values.items(), corrected, strict=True)
    )
