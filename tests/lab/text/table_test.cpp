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
