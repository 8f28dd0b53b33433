#include "framework/support/shell.h"

#include <cstdlib>

#include "tests/catch.h"

using namespace normlab;

TEST_CASE("command: a word that a shell would read otherwise is quoted") {
    ::unsetenv("NORMLAB_COMMAND");
    REQUIRE(command({"train", "--out", "runs/a-b_1.2"}) == "normlab train --out runs/a-b_1.2");
    REQUIRE(command({"report", "my run", "", "it's"}) == "normlab report 'my run' '' 'it'\\''s'");
}

TEST_CASE("command: the launcher's name takes the program's place") {
    ::setenv("NORMLAB_COMMAND", "./normlab", 1);
    REQUIRE(command({"data", "mnist"}) == "./normlab data mnist");
    ::unsetenv("NORMLAB_COMMAND");
}
