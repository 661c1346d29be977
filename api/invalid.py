"""What is wrong with a part of a request, in words: the faults that Pydantic finds, by the names of the fields."""

from collections.abc import Mapping

_FIELDS = {
    "question": "问题",
    "query": "问题",
    "top_k": "top_k",
    "filters": "filters",
    "explain": "explain",
    "case_number": "篇号",
    "headings": "小节标题",
    "messages": "对话",
    "role": "角色",
    "content": "消息内容",
    "places": "地点",
    "q": "检索词",
    "unit": "单位",
    "body": "请求体",
    "files": "文件",
    "note": "说明",
    "sentences": "句子",
    "evidence": "依据",
    "document_id": "文档编号",
    "start": "起点",
    "end": "终点",
    "grade": "依据的等级",
    "answers": "答案",
    "kind": "题目的种类",
    "why": "答不了的原因",
    "page": "页码",
    "name": "元数据的名字",
    "comparison_operator": "比较方式",
    "value": "条件的值",
}

_FAULTS = {
    "missing": "缺少{field}",
    "string_type": "{field}应为文字",
    "string_too_short": "{field}不能为空",
    "string_too_long": "{field}太长，最多 {max_length} 个字",
    "int_type": "{field}应为整数",
    "int_parsing": "{field}应为整数",
    "int_from_float": "{field}应为整数",
    "bool_type": "{field}应为 true 或 false",
    "bool_parsing": "{field}应为 true 或 false",
    "greater_than_equal": "{field}不能小于 {ge}",
    "less_than_equal": "{field}不能大于 {le}",
    "extra_forbidden": "不认识的字段 {field}",
    "json_invalid": "请求体不是合法的 JSON",
    "model_attributes_type": "{field}应为 JSON 对象",
    "model_type": "{field}应为 JSON 对象",
    "dict_type": "{field}应为 JSON 对象",
    "list_type": "{field}应为列表",
    "too_long": "{field}太多，最多 {max_length} 个",
    "literal_error": "{field}应为 {expected} 之一",
    "enum": "{field}应为 {expected} 之一",
    "blank": "{field}不能为空",
    "nothing_asked": "缺少问题",
    "silent_yet_said": "没有作答（abstained）时不能有句子",
    "question_too_long": "问题太长，最多 {max_length} 个字",
    "two_questions": "question 和 query 是同一个问题的两个名字，给了两个不同的问题",
    "tuple_type": "{field}应为列表",
}


_PARTS = ("body", "query", "path")
"""Where in a request a fault may lie; not shown."""


def sent(fault: Mapping[str, object]) -> list[str]:
    """Return the path of what a fault is about, as its sender wrote it."""
    location = fault.get("loc")
    names = [str(part) for part in location if part not in _PARTS] if isinstance(location, tuple) else []
    return [] if fault["type"] == "json_invalid" else names


def told(fault: Mapping[str, object]) -> str:
    """Return what is wrong, in Chinese, without a full stop."""
    names = sent(fault)
    kind = str(fault["type"])
    last = next((name for name in reversed(names) if not name.isdigit()), "")
    path = ".".join(names) or "请求体"
    # What is not known here means what its sender wrote, whatever the name means elsewhere.
    field = path if kind == "extra_forbidden" else _FIELDS.get(last, path)
    context = fault.get("ctx")
    template = _FAULTS.get(kind, "{field}的值不能用")
    values = {"field": field, **(context if isinstance(context, dict) else {})}
    if "expected" in values:
        values["expected"] = str(values["expected"]).replace(" or ", "、").replace(", ", "、").replace("'", "")
    return template.format(**values)
