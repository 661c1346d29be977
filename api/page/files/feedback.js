// 有用 or 没用, with a word if one likes; kept on the server that answered, and nowhere else.

import { button, fill, h } from "./dom.js";
import { post } from "./http.js";

const QUIET = { class: "button button-quiet", "aria-pressed": "false" };

/** What stands below an answer, or a silence: two buttons of which the last pressed counts, and then room for a word. */
export function feedback(request, reply) {
  const told = h("span", { role: "status" });
  const note = h("input", { type: "text", maxlength: 2000, "aria-label": "附言", autocomplete: "off" });
  const form = h("form", { class: "feedback-note", hidden: true }, note, h("button", { type: "submit", class: "button" }, "附上"));
  const names = reply.answer.abstained ? { true: "确实没有", false: "应该有" } : { true: "有用", false: "没用" };
  const verdicts = { true: button(names.true, () => give(true), QUIET), false: button(names.false, () => give(false), QUIET) };
  let verdict = null;
  let isSending = false;

  const give = async (helpful) => {
    if (isSending || (helpful === verdict && !note.value.trim())) return;
    isSending = true;
    try {
      await post("/feedback", { ...judged(request, reply), helpful, note: note.value.trim() });
      verdict = helpful;
      for (const [name, each] of Object.entries(verdicts)) each.setAttribute("aria-pressed", name === String(helpful));
      note.placeholder = helpful ? "想补充一句？（可不填）" : "哪里不对，应当是什么？（可不填）";
      if (form.contains(document.activeElement)) verdicts[helpful].focus();
      form.hidden = Boolean(note.value.trim());
      note.value = "";
      fill(told, `已记下：${names[helpful]}${form.hidden ? "，附言也记下了" : ""}。`);
    } catch (error) {
      fill(told, error.message);
    } finally {
      isSending = false;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (note.value.trim()) give(verdict);
    else note.focus();
  });
  const question = reply.answer.abstained ? "汇编里真的没有吗？" : "这个答案有用吗？";
  const buttons = [verdicts.true, verdicts.false];
  return h("div", { class: "feedback", role: "group", "aria-label": "这个答案有用吗" }, h("span", {}, question), buttons, told, form);
}

function judged({ question, messages, filters, ignore }, { answer }) {
  const sentences = answer.sentences.map(({ document_id, start, end }) => ({ document_id, start, end }));
  return { question, messages, filters, ignore, sentences, abstained: answer.abstained, reason: answer.reason };
}
