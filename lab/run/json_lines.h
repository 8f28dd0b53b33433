// Files with a JSON object on each line: metrics.jsonl, watch.jsonl.
#pragma once

#include <sstream>
#include <utility>
#include <vector>

#include "framework/support/json_reader.h"

namespace normlab {

// parse(options) of each line. Errors begin with what is read and where: "[watch] runs/a/watch.jsonl:3: ...".
template <class Parse>
auto parse_lines(const char* what, const std::string& text, const std::string& where, const Parse& parse) {
    std::vector<decltype(parse(std::declval<JsonReader&>()))> values;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        try {
            const Json json = parse_json(line);
            JsonReader options(json, "");
            values.push_back(parse(options));
        } catch (const Error& error) {
            fail(what, where, ":", values.size() + 1, ": ", error.what());
        }
    }
    return values;
}

}  // namespace normlab
