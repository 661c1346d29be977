"""What the report calls things, and one line on each for readers who do not measure retrieval every day."""

KINDS = {
    "figure": "数字",
    "measure": "做法",
    "result": "成效",
    "paraphrase": "换说法",
    "keyword": "关键词",
    "docnumber": "文号",
    "across": "跨案例",
    "confusable": "易混",
    "list": "列举",
    "preface": "编者按",
    "worded": "换角度",
    "unanswerable": "答不了",
    "": "未分类",
}
"""Kinds of question; other sets have kinds of their own, which are shown as they are."""

WHYS = {
    "place_unknown": "问的地方不在汇编里",
    "not_covered": "汇编没有写到",
    "other_year": "问的是别的年份",
    "off_topic": "与汇编无关",
    "chit_chat": "闲谈",
    "left_out": "隐去了原文",
}
"""Why a question cannot be answered."""

SILENCES = {
    "nothing_asked": "没有看出要问什么",
    "place_unknown": "问的地方不在汇编里",
    "case_unknown": "问的案例不在汇编里",
    "year_unknown": "问的年份不在汇编里",
    "not_covered": "汇编没有写到",
    "off_topic": "不在汇编的范围之内",
    "nothing_found": "所选范围里没有内容",
}
"""Why the system gave no answer."""

MEASURES = {
    "nDCG@10": ("排序质量", "前 10 段里，正确段落越多、越靠前越高，满分为 1。"),
    "MRR": ("首个正确段落的位置", "第一个正确段落排第 1 位记 1，第 2 位记 0.5，第 3 位记 0.33，取平均。"),
    "S@1": ("首位命中", "排在最前的一段就是正确段落，这样的问题占多少。"),
    "S@5": ("前五命中", "前 5 段里至少有一段正确，这样的问题占多少。"),
    "R@5": ("前 5 段召回", "所有正确段落里，有多少排进了前 5。"),
    "R@20": ("前 20 段召回", "所有正确段落里，有多少排进了前 20。"),
    "R@100": ("前 100 段召回", "所有正确段落里，有多少排进了前 100。"),
}
"""Measures of a ranking: name → what it is called, what it says."""

ANSWERS = {
    "answer": ("答案正确", "有标准答案的问题里，系统的回答写出了它的占多少。"),
    "figure": ("数字正确", "问一个数字的问题里，给出的第一个数字正是它的占多少。"),
    "list": ("列举完整", "问清单的问题里，各项都写出来的占多少。"),
    "case precision": ("跨案例的准确", "问哪些地方的问题里，说到的案例有多少确实是。"),
    "case recall": ("跨案例的召回", "问哪些地方的问题里，该说的案例有多少说到了。"),
    "string S@1": ("首段含答案", "排在最前的一段里写有标准答案，这样的问题占多少。"),
    "string S@5": ("前五段含答案", "前 5 段里有一段写有标准答案，这样的问题占多少。"),
}
"""Shares of questions that have an exact answer: name → what it is called, what it says."""

GRADED = ("nDCG@10", "MRR")
"""Measures that are no shares and are not told in per cent."""
