#include "lab/text/table.h"

#include "tests/catch.h"

using namespace normlab;

TEST_CASE("times are written like a clock's", "[table]") {
    REQUIRE(duration(0) == "0:00");
    REQUIRE(duration(59.6) == "1:00");
    REQUIRE(duration(3599) == "59:59");
    REQUIRE(duration(36610) == "10:10:10");
}

TEST_CASE("a table's columns are as wide as their widest cell, counted in letters", "[table]") {
    Table table({{"name"}, {"count", Table::Align::right}});
    table.add({"größe", "1"});
    table.add_line();
    table.add({"b", grouped(1234567)});
    REQUIRE(table.text() ==
            "name       count\n"
            "----------------\n"
            "größe          1\n"
            "----------------\n"
            "b      1,234,567\n");
}

TEST_CASE("where a table is wider than the room there is, its columns of words are folded, the widest first",
          "[table]") {
    Table table({{"name"}, {"condition"}, {"accuracy", Table::Align::right}});
    table.add({"group", "batch size 16, learning rate 0.05", "97.25 %"});
    table.add({"none", "weight_decay=0.0001,momentum=0.95", "91.00 %"});
    REQUIRE(table.text(38) ==
            "name   condition              accuracy\n"
            "--------------------------------------\n"
            "group  batch size 16,          97.25 %\n"
            "         learning rate 0.05\n"
            "none   weight_decay=0.0001,    91.00 %\n"
            "         momentum=0.95\n");
    REQUIRE(display_width(table.parts(30)[0][0]) == 30);
    REQUIRE(table.parts(20) == table.parts(27));  // the widths of titles and numbers stay
    REQUIRE(table.text(50) == table.text());
}

TEST_CASE("text is folded between words, longer words after a mark, and what has none anywhere", "[table]") {
    const auto [text, lines] = GENERATE(table<std::string, std::vector<std::string>>({
        {"batch size 2", {"batch size 2"}},
        {"batch size 16", {"batch size", "  16"}},
        {"lr=0.1,momentum=0.9", {"lr=0.1,", "  momentum=", "  0.9"}},
        {"standardization", {"standardizat", "  ion"}},
        {"한국어 이름 긴", {"한국어 이름", "  긴"}},
        {"", {""}},
    }));
    REQUIRE(folded(text, 12) == lines);
}
