// An ask box for a page of another site, by one line there:
//
//   <script src="http://案问的地址/widget.js" async></script>
//
// It stands where the line stands; at the end of the page if that is the head. More, as attributes of the line:
//   data-at="#ask"      stand in the element that this CSS selector finds
//   data-title="问案例"  the heading
//   data-key="anwen_…"  the key to ask with, where 案问 wants one; whoever reads the page can read it, so let it be one
//                      of its own that may only ask, and not too often
//   data-city="周口市" or data-county="扶沟县"  look there only
// The other site's origin (https://oa.example.gov.cn) must be named in ANWEN_WIDGET_ORIGINS; where it has a
// Content-Security-Policy, that must allow this origin in script-src and connect-src. It is dark where the page around it
// is (CSS color-scheme), and as wide as there is room, up to 640 px; the page's styles do not reach into it.
(() => {
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const { title = "案问", at, city, county, key } = script.dataset;
  const scope = Object.fromEntries(Object.entries({ city, county }).filter(([, value]) => value));

  // Lengths hang on this box alone: the page around it may make its rem anything.
  const STYLE = `
    :host { display: block; max-width: 640px; margin: 16px 0; }
    section { all: initial; display: block; box-sizing: border-box; direction: ltr; color-scheme: inherit;
      --ink: #22211e; --soft: #5b574e; --sheet: #fffdf9; --line: #d9d3c6; --edge: #8a8478; --red: #9f2a22; --on-red: #fff;
      padding: 1em; border: 1px solid var(--line); border-top: 3px solid var(--red); border-radius: 4px 4px 12px 12px;
      background: var(--sheet); color: var(--ink); overflow-wrap: anywhere;
      font: 16px/1.7 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
    @supports (color: light-dark(red, red)) {
      section { --ink: light-dark(#22211e, #ece7dc); --soft: light-dark(#5b574e, #b1a99a); --sheet: light-dark(#fffdf9, #22211e);
        --line: light-dark(#d9d3c6, #433f37); --red: light-dark(#9f2a22, #e8887c);
        --on-red: light-dark(#fff, #1d1210); }
    }
    h2 { margin: 0 0 .5em; font-size: 1.0625em; }
    form { display: flex; gap: .5em; }
    input { flex: 1; min-width: 0; padding: .4em .7em; border: 1px solid var(--edge); border-radius: 8px;
      background: none; color: inherit; font: inherit; }
    ::placeholder { color: var(--soft); opacity: 1; }
    button { flex: none; padding: .4em 1em; border: 0; border-radius: 8px;
      background: var(--red); color: var(--on-red); font: inherit; font-weight: 600; cursor: pointer; }
    :focus-visible { outline: 2px solid var(--red); outline-offset: 2px; }
    p { margin: .6em 0 0; }
    ul, ol { margin: .6em 0 0; padding: 0; list-style: none; }
    li { margin: .3em 0 0; }
    ol, .more, .remark { font-size: .875em; color: var(--soft); }
    a { color: var(--red); }
  `;

  const made = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children.filter(Boolean));
    return element;
  };

  const host = made("div", { "data-anwen": "" });
  const root = host.attachShadow({ mode: "open" });
  const style = new CSSStyleSheet();
  style.replaceSync(STYLE);
  root.adoptedStyleSheets = [style];

  const input = made("input", { type: "text", maxlength: 1000, placeholder: "用一句话提问", "aria-label": "问题", autocomplete: "off" });
  const answer = made("div", { "aria-live": "polite" });
  const form = made("form", { role: "search" }, input, made("button", { type: "submit" }, "提问"));
  root.append(made("section", { "aria-label": title }, made("h2", {}, title), form, answer));

  let asked = 0;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const question = input.value.trim();
    if (!question) return input.focus();
    const turn = ++asked;
    answer.replaceChildren(made("p", {}, "正在查找……"));
    const shown = await reply(question);
    if (turn === asked) answer.replaceChildren(...shown);
  });

  async function reply(question) {
    let response, found;
    try {
      const headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) };
      const body = JSON.stringify({ question, filters: city || county ? scope : null });
      response = await fetch(`${home}/ask`, { method: "POST", headers, body });
      found = await response.json();
    } catch {
      // A browser does not tell a page whether it was refused or nobody is there.
      return [
        made("p", {}, `没能从案问（${home}）取得答案：连不上，或者案问没有允许本站提问。`),
        made("p", { class: "remark" }, `若一直如此，请告诉案问的管理员：设置 ANWEN_WIDGET_ORIGINS 里要有 ${location.origin}。`),
      ];
    }
    if (response.status === 401) return [made("p", {}, "案问要有口令才能提问。请本站的管理员在引入案问的那一行里写上 data-key。")];
    if (!response.ok) return [made("p", {}, found.error?.message ?? "案问出错了，请稍后再试。")];
    const more = made("p", { class: "more" }, away({ q: question }, "在案问里看原文和全部段落"));
    return found.answer.abstained ? [made("p", {}, found.answer.text), more] : [...told(question, found), more];
  }

  function told(question, { answer: { text, sentences, cited_ranks: cited, case_count: count, remark, composer }, passages }) {
    const open = (rank, span = null) => {
      const { id, citation } = passages[rank - 1];
      const link = away({ q: question, open: id, ...(span && { at: `${span.start}-${span.end}` }) }, `[${rank}]`);
      link.setAttribute("aria-label", `依据 ${rank}：${citation}`);
      return link;
    };
    // What a language model wrote has its [n] in the text; what documents say may hold a [n] of its own.
    const parts = composer?.used
      ? text.split(/\[(\d+)\]/).map((part, at) => (at % 2 ? (passages[part - 1] ? open(part) : `[${part}]`) : part))
      : sentences.map((each) => [made("bdi", {}, each.naming + each.text), open(each.rank, each)]);
    const isList = count && !composer?.used;
    return [
      isList && made("p", {}, `写到的有 ${count} 篇：`),
      isList ? made("ul", {}, ...parts.map((each) => made("li", {}, ...each))) : made("p", {}, ...parts.flat()),
      remark && made("p", { class: "remark" }, remark),
      made("ol", {}, ...cited.map((rank) => made("li", {}, `[${rank}] ${passages[rank - 1].citation}`))),
    ].filter(Boolean);
  }

  /** A link into 案问 itself, in a tab of its own, within the same places. */
  function away(params, text) {
    const href = `${home}/?${new URLSearchParams({ ...scope, ...params })}`;
    return made("a", { href, target: "_blank", rel: "noopener", title: "在新标签页打开" }, text);
  }

  function stand() {
    const place = at && document.querySelector(at);
    if (place) place.append(host);
    else if (script.closest("body")) script.after(host);
    else document.body.append(host);
  }
  // Before the page is read to its end, what the line names may not be there yet, nor any body.
  if (document.readyState === "loading" && (at || !script.closest("body"))) addEventListener("DOMContentLoaded", stand);
  else stand();
})();
