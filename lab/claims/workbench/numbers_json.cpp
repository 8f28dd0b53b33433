#include "lab/claims/workbench/numbers_json.h"

#include <cmath>

namespace normlab {

Json number_to_json(double number) {
    if (std::isfinite(number)) return number;
    return std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf";
}

double number_from_json(const Json& json) {
    if (json.is_number()) return json.get<double>();
    return json == "inf" ? INFINITY : json == "-inf" ? -INFINITY : NAN;
}

Json numbers_to_json(const std::vector<double>& numbers) {
    Json list = Json::array();
    for (const double number : numbers) list.push_back(number_to_json(number));
    return list;
}

std::vector<double> numbers_from_json(const Json& json) {
    std::vector<double> numbers;
    for (const Json& each : json) numbers.push_back(number_from_json(each));
    return numbers;
}

std::string line_of_piece(const std::string& label, const std::map<std::string, std::vector<double>>& found) {
    Json numbers = Json::object();
    for (const auto& [name, values] : found) numbers[name] = numbers_to_json(values);
    return Json{{"piece", label}, {"found", numbers}}.dump();
}

std::optional<std::pair<std::string, std::map<std::string, std::vector<double>>>> piece_from_line(
    const std::string& line) {
    const Json json = parse_json(line);
    if (!json.is_object() || !json.contains("piece") || !json["piece"].is_string() || !json.contains("found") ||
        !json["found"].is_object())
        return std::nullopt;
    std::map<std::string, std::vector<double>> found;
    for (const auto& [name, values] : json["found"].items()) found[name] = numbers_from_json(values);
    return std::pair{json["piece"].get<std::string>(), std::move(found)};
}

}  // namespace normlab
