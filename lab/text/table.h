// Text for people: tables, and numbers as people write them.
#pragma once

#include <string>
#include <vector>

#include "framework/support/scalar.h"

namespace normlab {

inline constexpr std::size_t kLineWidth = 79;  // of a line of words, for terminals of 80 columns
inline constexpr std::size_t kAnyWidth = static_cast<std::size_t>(-1);

// A table whose columns are as wide as their widest cell: words stand to the left, numbers to the right. Where that is
// wider than the room there is, words are folded.
class Table {
  public:
    enum class Align { left, right };
    struct Column {
        std::string title;
        Align align = Align::left;
    };
    explicit Table(std::vector<Column> columns);

    void add(std::vector<std::string> row);  // a cell for each column
    void add_line();
    std::string text(std::size_t columns = kAnyWidth) const;
    using Lines = std::vector<std::string>;
    std::vector<Lines> parts(std::size_t columns) const;  // of the text: its title, the line below it, and each row

  private:
    std::vector<std::size_t> widths_within(std::size_t columns) const;
    Lines lines_of(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) const;
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;  // an empty one is a line
};

std::size_t display_width(const std::string& text);  // in columns of a terminal, where Korean letters take two; UTF-8
std::string shortened(const std::string& text, std::size_t columns);  // what fits
std::string padded(const std::string& text, std::size_t columns, Table::Align align = Table::Align::left);

// In lines of at most that many columns, all but the first indented: broken between words, a longer word after a comma,
// "=" or "/", and only then anywhere.
std::vector<std::string> folded(std::string text, std::size_t columns);
std::vector<std::string> wrapped(const std::string& text, std::size_t columns);  // between words
std::string paragraph(const std::string& text, const std::string& indent = "");  // in lines of that width

std::string grouped(Index number);                          // 1,234,567
std::string counted(Index number, const std::string& one);  // 1 layer, 2 layers
std::string fixed(double number, int digits);               // 0.0312
std::string percent(double fraction);                       // 97.25 %
std::string duration(double seconds);                       // 0:42, 1:02:03
std::string joined(const std::vector<std::string>& words);  // a, b and c
std::string capitalized(std::string text);                  // Batch size 2

}  // namespace normlab
