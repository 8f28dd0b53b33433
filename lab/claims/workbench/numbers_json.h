// Numbers as JSON: what is not finite is written as a word, since JSON has no number for it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/support/json_reader.h"

namespace normlab {

Json number_to_json(double number);  // 1.5, "inf", "-inf", "nan"
double number_from_json(const Json& json);
Json numbers_to_json(const std::vector<double>& numbers);
std::vector<double> numbers_from_json(const Json& json);

// A line of a file that remembers pieces; empty if the line is none.
std::string line_of_piece(const std::string& label, const std::map<std::string, std::vector<double>>& found);
std::optional<std::pair<std::string, std::map<std::string, std::vector<double>>>> piece_from_line(
    const std::string& line);

}  // namespace normlab
