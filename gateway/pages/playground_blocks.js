/**
 * Where the text of an answer that still grows can be divided: what stands before is Markdown that
 * nothing behind can change any more, so that it is rendered once.
 */

const fence_line = /^ {0,3}(`{3,}|~{3,})/;
// A block of its own begins here: no indentation and no list item, which would go on with a list.
const own_block = /^(?![-*+][ \t]|[-*+]$|\d{1,9}[.)])\S/;
const known_length = 12; // of a line that is not whole: enough to see any list marker

/**
 * The end of the settled blocks of `text`, which begins where a block begins: 0 where none is settled.
 * It only ever grows as `text` grows.
 */
export function settled_length(text) {
  let fence = "", after_blank = false, settled = 0;
  for (let begin = 0; begin < text.length;) {
    const newline = text.indexOf("\n", begin);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(begin, end).replace(/\r$/, "");
    const known = newline >= 0 || line.length >= known_length;
    if (after_blank && known && own_block.test(line)) settled = begin;
    if (newline < 0) break;
    const marks = fence_line.exec(line)?.[1] ?? "";
    if (!fence) fence = marks;
    else if (marks[0] === fence[0] && marks.length >= fence.length && line.trim() === marks) fence = "";
    after_blank = !fence && line.trim() === "";
    begin = newline + 1;
  }
  return settled;
}
