#include "lab/text/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "framework/support/error.h"

namespace normlab {
namespace {

bool begins_a_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}  // in UTF-8

// The character that begins there, as its number; that of a single byte if it is not UTF-8.
char32_t character_at(const std::string& text, std::size_t at) {
    const auto first = static_cast<unsigned char>(text[at]);
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    char32_t number = more == 0 ? first : first & (0x3Fu >> more);
    for (int i = 1; i <= more; ++i) {
        const std::size_t next = at + static_cast<std::size_t>(i);
        if (next >= text.size() || begins_a_character(text[next])) return first;
        number = number << 6 | (static_cast<unsigned char>(text[next]) & 0x3Fu);
    }
    return number;
}

struct Block {
    char32_t first, last;
};
constexpr std::array<Block, 2> kWithoutWidth = {{{0x300, 0x36F}, {0x200B, 0x200F}}};  // accents, joiners
constexpr std::array<Block, 7> kWide = {{{0x1100, 0x115F},  // Korean, Chinese, Japanese, pictographs
                                         {0x2E80, 0xA4CF},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0x1F300, 0x1FAFF}}};

std::size_t width_at(const std::string& text, std::size_t at) {
    const char32_t character = character_at(text, at);
    const auto has = [&](const Block& block) { return block.first <= character && character <= block.last; };
    if (std::ranges::any_of(kWithoutWidth, has)) return 0;
    return std::ranges::any_of(kWide, has) ? 2 : 1;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> row) {
    require(row.size() == columns_.size(), "table", "expected ", columns_.size(), " cells, got ", row.size());
    rows_.push_back(std::move(row));
}

void Table::add_line() {
    rows_.emplace_back();
}

std::string Table::text() const {
    std::vector<std::string> titles;
    std::vector<std::size_t> widths;
    for (const Column& column : columns_) {
        titles.push_back(column.title);
        widths.push_back(display_width(column.title));
    }
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));

    std::size_t width = 2 * (columns_.size() - 1);
    for (const std::size_t each : widths) width += each;
    const std::string line = std::string(width, '-') + "\n";
    std::string text = line_of(titles, widths) + line;
    for (const auto& row : rows_) text += row.empty() ? line : line_of(row, widths);
    return text;
}

std::string Table::line_of(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) const {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += padded(row[i], widths[i], columns_[i].align) + "  ";
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

std::size_t display_width(const std::string& text) {
    std::size_t columns = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (begins_a_character(text[i])) columns += width_at(text, i);
    return columns;
}

std::string shortened(const std::string& text, std::size_t columns) {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (begins_a_character(text[i]) && (seen += width_at(text, i)) > columns) return text.substr(0, i);
    return text;
}

std::string padded(const std::string& text, std::size_t columns, Table::Align align) {
    const std::string room(columns - std::min(columns, display_width(text)), ' ');
    return align == Table::Align::left ? text + room : room + text;
}

std::vector<std::string> wrapped(const std::string& text, std::size_t columns) {
    std::istringstream words(text);
    std::vector<std::string> lines(1);
    for (std::string word; words >> word;) {
        const bool fits = lines.back().empty() || display_width(lines.back()) + 1 + display_width(word) <= columns;
        if (!fits) lines.emplace_back();
        lines.back() += (lines.back().empty() ? "" : " ") + word;
    }
    return lines;
}

std::string paragraph(const std::string& text, const std::string& indent) {
    std::string lines;
    for (const std::string& line : wrapped(text, kLineWidth - indent.size())) lines += indent + line + "\n";
    return lines;
}

std::string grouped(Index number) {
    std::string digits = std::to_string(number);
    const std::size_t first = number < 0 ? 1 : 0;
    for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, 1, ',');
    return digits;
}

std::string counted(Index number, const std::string& one) {
    return grouped(number) + " " + one + (number == 1 ? "" : "s");
}

std::string fixed(double number, int digits) {
    char text[400];  // the largest double has 309 digits before its point
    std::snprintf(text, sizeof text, "%.*f", digits, number);
    return text;
}

std::string percent(double fraction) {
    return fixed(100 * fraction, 2) + " %";
}

std::string duration(double seconds) {
    if (!(seconds < 3.6e6)) return "-:--";  // unknown, or too long to wait for
    const long all = std::lround(std::max(0.0, seconds)), hours = all / 3600, minutes = all / 60 % 60, rest = all % 60;
    char text[40];
    if (hours > 0)
        std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", hours, minutes, rest);
    else
        std::snprintf(text, sizeof text, "%ld:%02ld", minutes, rest);
    return text;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
    return text;
}

std::string capitalized(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

}  // namespace normlab
