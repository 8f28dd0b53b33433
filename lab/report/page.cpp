#include "lab/report/page.h"

namespace normlab {
namespace {

Html head(const Page& page) {
    Html html = tag("meta", {{"charset", "utf-8"}});
    html += tag("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
    html +=
        tag("meta",
            {{"http-equiv", "Content-Security-Policy"},
             {"content", "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"}});
    html += tag("title", {}, page.title) + tag("style", {}, Html::raw(style_sheet() + page.style));
    if (page.refresh_seconds > 0)  // the script does it better: it waits while somebody reads a curve
        html += tag("noscript", {},
                    tag("meta", {{"http-equiv", "refresh"}, {"content", std::to_string(page.refresh_seconds)}}));
    return tag("head", {}, html);
}

Html row_of(const PlainTable& table, const std::vector<Html>& cells) {
    Html row;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        Attributes attributes;
        if (table.columns[i].numbers) attributes.push_back({"class", "number"});
        if (table.stacks && i > 0) attributes.push_back({"data-title", table.columns[i].title});
        row += tag("td", attributes, cells[i]);
    }
    return tag("tr", {}, row);
}

}  // namespace

std::string style_sheet() {
    return std::string(kColours) + kFrameStyle + kDrawingStyle + kPartsStyle;
}

std::string to_html(const Page& page) {
    Attributes attributes;
    if (page.refresh_seconds > 0) attributes.push_back({"data-refresh", std::to_string(page.refresh_seconds)});
    const Html body = tag("body", attributes, tag("main", {}, page.body) + tag("script", {}, Html::raw(kScript)));
    return "<!DOCTYPE html>\n" + tag("html", {{"lang", page.language}}, head(page) + body).markup() + "\n";
}

Html section(const std::string& title, const std::string& note, const Html& content, const std::string& id) {
    const Html remark = note.empty() ? Html() : tag("p", {{"class", "note"}}, note);
    return tag("section", id.empty() ? Attributes{} : Attributes{{"id", id}}, tag("h2", {}, title) + remark + content);
}

Html figures(const std::vector<Figure>& figures) {
    Html list;
    for (const Figure& each : figures)
        list += tag("div", {},
                    tag("dt", {}, each.name) + tag("dd", {{"class", "value"}}, each.value) +
                        tag("dd", {{"class", "note"}}, each.note));
    return tag("dl", {{"class", "figures"}}, list);
}

Html to_html(const PlainTable& table) {
    Html head, body;
    for (const auto& [title, numbers] : table.columns) {
        Attributes attributes = {{"scope", "col"}};
        if (numbers) attributes.push_back({"class", "number"});
        head += tag("th", attributes, title);
    }
    for (const auto& row : table.rows) body += row_of(table, row);
    Html parts = tag("thead", {}, tag("tr", {}, head)) + tag("tbody", {}, body);
    if (!table.total.empty()) parts += tag("tfoot", {}, row_of(table, table.total));
    return tag("div", {{"class", "scroll"}}, tag("table", {{"class", table.stacks ? "plain stacks" : "plain"}}, parts));
}

}  // namespace normlab
