#include "lab/claims/workbench/math.h"

#include "lab/claims/claims.h"
#include "lab/claims/claims_page.h"
#include "tests/catch.h"
#include "tests/lab/markup.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

TEST_CASE("a formula is split into names, numbers and signs, with indices, powers and fractions", "[claims]") {
    CHECK(Math("y = 2 γ").markup == "<mi>y</mi><mo>=</mo><mn>2</mn><mi>γ</mi>");
    CHECK(Math("x_c^2").markup == "<msubsup><mi>x</mi><mi>c</mi><mn>2</mn></msubsup>");
    CHECK(Math("x_c w^2").markup == "<msub><mi>x</mi><mi>c</mi></msub><msup><mi>w</mi><mn>2</mn></msup>");
    CHECK(Math("x̂").markup == "<mover accent=\"true\"><mi>x</mi><mo>^</mo></mover>");
    CHECK(Math({"s =", root("σ^2 + ε")}).markup ==
          "<mi>s</mi><mo>=</mo><msqrt><msup><mi>σ</mi><mn>2</mn></msup><mo>+</mo><mi>ε</mi></msqrt>");
    CHECK(frac("a", "b").markup == "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>");
    CHECK(power("( 1 − m )", "t").markup ==
          "<msup><mrow><mo>(</mo><mn>1</mn><mo>−</mo><mi>m</mi><mo>)</mo></mrow><mrow><mi>t</mi></mrow></msup>");
}

TEST_CASE("an experiment's formulas stand on the page, in either language", "[claims]") {
    const Examined found{.claim = find_claim("gradient"), .seeds = {1}};
    for (const Language language : {Language::en, Language::ko}) {
        const std::string page = to_html(ClaimsPage{.examined = {found}, .language = language});
        CHECK(nesting_error(page).empty());
        CHECK(all_between(page, "<math", ">").size() == found.claim->formulas.size());
        CHECK(contains(page, "<msqrt><msup><mi>σ</mi><mn>2</mn></msup>"));
    }
    CHECK_FALSE(
        contains(to_html(ClaimsPage{.examined = {Examined{.claim = find_claim("placement"), .seeds = {1}}}}), "<math"));
}
