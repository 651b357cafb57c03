// A Block Kit message (JSON on standard input) as HTML, drawn by a library that knows nothing of ours.
// `npm install slack-blocks-to-jsx@1.1.1 react@19 react-dom@19` in the folder that make.py gives.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const { createElement } = require("react");
const { renderToStaticMarkup } = require("react-dom/server");
const { Message } = require("slack-blocks-to-jsx");
const style = readFileSync(require.resolve("slack-blocks-to-jsx/dist/style.css"), "utf-8");
const theme = process.argv[3];
// `verbatim` keeps Slack from seeing links and names that are not marked; the library would show the marks themselves
const { blocks } = JSON.parse(readFileSync(0, "utf-8"), (key, value) => (key === "verbatim" ? undefined : value));
const message = createElement(Message, { blocks, theme, logo: "", name: "Outspoken", time: new Date(process.argv[4]) });
const page = renderToStaticMarkup(message).replace(/<div class="shrink-0"><img[^>]*><\/div>/, "");
const body = `margin:0;padding:14px 18px;background:${theme === "dark" ? "#1a1d21" : "#fff"};font-family:Lato,"Segoe UI",Helvetica,Arial,sans-serif`;
console.log(`<!doctype html><html class="${theme}"><meta charset="utf-8"><style>${style}</style><body style='${body}'>${page}</body></html>`);
