// The frame of a report: one HTML file with its style and its script inside. It fetches nothing, and makes the browser
// enforce that.
#pragma once

#include <string>

#include "lab/report/html.h"

namespace normlab {

struct Page {
    std::string title;
    Html body;
    int refresh_seconds = 0;  // how often it looks for a newer version; 0: never
    std::string language = "en";
    std::string style = {};  // CSS beside that of all pages
};
std::string to_html(const Page& page);

Html section(const std::string& title, const std::string& note, const Html& content, const std::string& id = "");

// One of the large numbers at the top.
struct Figure {
    std::string name, value, note;
};
Html figures(const std::vector<Figure>& figures);

// A table whose first row is its head. Columns of numbers are aligned to the right.
struct PlainTable {
    struct Column {
        std::string title;
        bool numbers = false;
    };
    std::vector<Column> columns;
    std::vector<std::vector<Html>> rows;
    std::vector<Html> total;  // or empty
    bool stacks = false;      // where it is too wide for a telephone: there its rows become blocks
};
Html to_html(const PlainTable& table);

std::string style_sheet();  // CSS
extern const char* const kColours;
extern const char* const kFrameStyle;
extern const char* const kDrawingStyle;
extern const char* const kPartsStyle;
extern const char* const kScript;  // JavaScript

}  // namespace normlab
