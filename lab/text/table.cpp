#include "lab/text/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
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

constexpr std::size_t kNarrowest = 10;  // no text is folded to less

std::size_t width_of(const std::vector<std::size_t>& columns) {
    return std::accumulate(columns.begin(), columns.end(), 2 * (columns.size() - 1));
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

std::string Table::text(std::size_t columns) const {
    std::string text;
    for (const Lines& part : parts(columns))
        for (const std::string& line : part) text += line + "\n";
    return text;
}

std::vector<Table::Lines> Table::parts(std::size_t columns) const {
    const std::vector<std::size_t> widths = widths_within(columns);
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    const Lines line = {std::string(width_of(widths), '-')};
    std::vector<Lines> parts = {lines_of(titles, widths), line};
    for (const auto& row : rows_) parts.push_back(row.empty() ? line : lines_of(row, widths));
    return parts;
}

// Of the columns of words the widest gives way, down to its title.
std::vector<std::size_t> Table::widths_within(std::size_t columns) const {
    std::vector<std::size_t> widths, least;
    for (const Column& column : columns_) {
        widths.push_back(display_width(column.title));
        least.push_back(std::max(widths.back(), kNarrowest));
    }
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));

    const auto spare = [&](std::size_t i) {
        return columns_[i].align == Align::left && widths[i] > least[i] ? widths[i] : 0;
    };
    while (width_of(widths) > columns) {
        std::size_t widest = 0;
        for (std::size_t i = 1; i < widths.size(); ++i)
            if (spare(i) > spare(widest)) widest = i;
        if (spare(widest) == 0) break;
        --widths[widest];
    }
    return widths;
}

Table::Lines Table::lines_of(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) const {
    std::vector<Lines> cells;
    std::size_t height = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
        height = std::max(height, cells.emplace_back(folded(row[i], widths[i])).size());
    Lines lines(height);
    for (std::size_t at = 0; at < height; ++at) {
        for (std::size_t i = 0; i < cells.size(); ++i)
            lines[at] += padded(at < cells[i].size() ? cells[i][at] : "", widths[i], columns_[i].align) + "  ";
        lines[at].erase(lines[at].find_last_not_of(' ') + 1);
    }
    return lines;
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

std::vector<std::string> folded(std::string text, std::size_t columns) {
    std::vector<std::string> lines;
    std::string indent;
    while (indent.size() + display_width(text) > std::max(columns, kNarrowest)) {
        const std::string fits = shortened(text, std::max(columns, kNarrowest) - indent.size());
        const std::size_t space = text.rfind(' ', fits.size()), mark = fits.find_last_of(",=/");
        const bool between_words = space != std::string::npos;
        const std::size_t end = between_words ? space : mark != std::string::npos ? mark + 1 : fits.size();
        lines.push_back(indent + text.substr(0, end));
        text.erase(0, between_words ? end + 1 : end);
        indent = "  ";
    }
    lines.push_back(indent + text);
    return lines;
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
