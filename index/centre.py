"""The middle of all questions and of all passages, and cosines as seen from there.

Vectors of one model lie in a narrow cone: any question is near any passage, and some passages are near every question.
What is common to questions, and to passages, is taken out before the cosine is; what is left tells their matter apart.
"""

from dataclasses import dataclass

import numpy as np

from index.encoder import Encoder, Vectors

_QUESTIONS = (
    "这件事是怎么办的",
    "谁来负责这项工作",
    "有什么好的做法和经验",
    "一共完成了多少",
    "为什么要这样做",
    "取得了什么成效",
    "遇到问题找谁解决",
    "多长时间办一次",
    "哪些地方这样做了",
    "领导干部要做些什么",
    "老百姓和企业能得到什么好处",
    "钱从哪里来，怎么花",
    "有没有专门的队伍和机构",
    "干得不好会怎么样",
    "是哪个文件规定的",
    "要办哪些手续",
    "当地有哪些特点",
    "什么时候开始的，什么时候要完成",
    "怎么监督和考核",
    "花了多少钱，占多大比例",
    "这个说法是什么意思",
    "具体包括哪几个方面",
    "还有哪些困难和不足",
    "下一步打算怎么干",
    "这事到底归谁管",
    "办个证咋这么麻烦，得跑几趟",
    "村里修路的钱谁掏",
    "孩子上学的事有人过问吗",
    "看病贵，后来想了啥法子",
    "他们那儿是怎么弄的，说来听听",
    "光说不练，有没有动真格的",
    "上面的人下来看过没有",
    "一年到头忙活了些啥",
    "这笔钱花到哪儿去了",
    "到年底算账，赚了还是亏了",
    "出了岔子算谁的",
    "为啥别的地方学不来",
    "老人没人照看，街道上管不管",
    "说好的事最后办成了没有",
    "几个部门踢皮球怎么办",
    "有啥新鲜招数没有",
    "多久能见着效果",
    "谁说了算，谁来拍板",
    "年轻人回来种地，给不给好处",
    "干得好有啥奖头，干不好呢",
    "垃圾没人收，后来咋解决的",
    "听说搞了个什么办法，叫啥名字",
    "一共牵扯到多少户人家",
    "水电气谁去接，要等几天",
    "这个主意是哪儿先想出来的",
    "河里的水脏了，治得咋样了",
    "跟老百姓有啥关系",
    "摊子铺得这么大，人手够不够",
    "隔多长时间碰一回头",
    "网上能不能办，还用不用跑腿",
    "最难啃的骨头是哪一块",
    "有没有人盯着，怎么个盯法",
    "钱不够的时候从哪儿凑",
    "厂里招不到人怎么办",
    "有哪几条硬规矩",
    "当初为什么要这么干",
    "现在走到哪一步了",
    "哪个地方干得最好",
    "以后还打算怎么搞",
)
"""Questions that could be asked of any compilation, as officials write and as people speak. Their mean is the middle;
another bank of this kind changes little (tried: either half of this one, policy questions)."""


@dataclass(frozen=True, slots=True)
class Centre:
    """The (dimension,) means of questions and of passages."""

    questions: Vectors
    passages: Vectors

    def cosines(self, question: Vectors, passages: Vectors) -> Vectors:
        """Return the (rows,) cosines of a question with passages, each measured from its own centre."""
        asked, told = question - self.questions, passages - self.passages
        lengths = np.linalg.norm(told, axis=1) * np.linalg.norm(asked)
        return np.asarray(told @ asked / np.maximum(lengths, 1e-6), np.float32)


def questions_centre(encoder: Encoder) -> Vectors:
    """Return the (dimension,) mean of a model's questions."""
    return np.asarray(encoder.queries(_QUESTIONS).mean(axis=0), np.float32)
