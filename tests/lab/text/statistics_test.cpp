// Against SciPy's numbers, which tests/fixtures/make_statistics.py has written.
#include "lab/text/statistics.h"

#include "framework/support/files.h"
#include "framework/support/json_reader.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

constexpr double kTolerance = 1e-11;  // relative

Json scipy() {
    return Json::parse(read_file(NORMLAB_FIXTURES "/statistics.json"));
}

using Values = std::vector<double>;

bool agree(double ours, double theirs, double tolerance = kTolerance) {
    return std::abs(ours - theirs) <= tolerance * std::abs(theirs) + 1e-300;
}

}  // namespace

TEST_CASE("the incomplete beta function and Student's distribution are SciPy's", "[statistics]") {
    const Json expected = scipy();
    for (const Json& row : expected["incomplete_beta"]) {
        CAPTURE(row.dump());
        CHECK(agree(incomplete_beta(row[0], row[1], row[2]), row[3]));
    }
    for (const Json& row : expected["student_cdf"]) {
        CAPTURE(row.dump());
        CHECK(agree(student_cdf(row[0], row[1]), row[2]));
    }
    for (const Json& row : expected["student_two_sided"]) {
        CAPTURE(row.dump());
        CHECK(agree(student_two_sided(row[0], row[1]), row[2]));
    }
}

TEST_CASE("mean, deviation and intervals of a sample are SciPy's", "[statistics]") {
    const Json expected = scipy();
    for (const Json& row : expected["samples"]) {
        CAPTURE(row.dump());
        const Sample sample = sample_of(row["values"].get<Values>());
        CHECK(agree(sample.mean, row["mean"]));
        CHECK(agree(*sample.deviation, row["deviation"]));
        CHECK(agree(margin(sample).value(), row["margin_95"]));
        CHECK(agree(margin(sample, 0.99).value(), row["margin_99"]));
    }
}

TEST_CASE("Welch's and the paired test are SciPy's", "[statistics]") {
    const Json expected = scipy();
    for (const Json& row : expected["differences"]) {
        CAPTURE(row.dump());
        const Values a = row["a"], b = row["b"];
        const Difference found = row["paired"] ? paired_difference(a, b) : welch_difference(a, b);
        CHECK(found.paired == row["paired"]);
        CHECK(agree(found.mean / found.standard_error, row["t"], 1e-9));  // a difference of means loses digits
        CHECK(agree(found.p(), row["p"], 1e-9));
        CHECK(agree(found.margin(0.95), row["margin_95"]));
    }
}

TEST_CASE("one value says nothing about the spread", "[statistics]") {
    const Sample one = sample_of({0.97});
    REQUIRE(one.mean == 0.97);
    REQUIRE_FALSE(one.deviation.has_value());
    REQUIRE_FALSE(margin(one).has_value());
    REQUIRE(contains(error_of([] { paired_difference({0.97}, {0.95}); }), "at least 2, not 1 and 1"));
    REQUIRE(contains(error_of([] { welch_difference({0.97}, {0.95, 0.9}); }), "two values each, not 1 and 2"));
    REQUIRE(contains(error_of([] { paired_difference({1, 2}, {1, 2, 3}); }), "2 and 3"));
    REQUIRE(contains(error_of([] { sample_of({}); }), "no values"));
}

TEST_CASE("where nothing varies nothing can be told apart", "[statistics]") {
    const Values same = {1, 1, 1}, other = {2, 2, 2};
    for (const Difference& each : {paired_difference(same, same), welch_difference(same, same),
                                   paired_difference(same, other), welch_difference(same, other)}) {
        REQUIRE(each.p() == 1);
    }
}

TEST_CASE("differences that are equal but for rounding do not vary", "[statistics]") {
    const auto share = [](int right) { return right / 2000.0; };
    const std::vector<double> a = {share(1897), share(1753)}, b = {share(1875), share(1731)};
    REQUIRE(a[0] - b[0] != a[1] - b[1]);
    const Difference difference = paired_difference(a, b);
    CHECK(difference.standard_error == 0);
    CHECK(difference.p() == 1);
    CHECK(*sample_of({0.97, 0.97, 0.97}).deviation == 0);
    CHECK(welch_difference({0.97, 0.97, 0.97}, {0.9, 0.9, 0.9}).p() == 1);
}

TEST_CASE("p-values are adjusted as by Holm", "[statistics]") {
    const Values adjusted =
        holm({0.01, 0.04, 0.03, 0.005});  // by hand: 3 x 0.01, at least 2 x 0.03, 2 x 0.03, 4 x 0.005
    const Values expected = {0.03, 0.06, 0.06, 0.02};
    for (std::size_t i = 0; i < 4; ++i) REQUIRE(agree(adjusted[i], expected[i]));
    REQUIRE(holm({0.4, 0.7}) == Values{0.8, 0.8});
    REQUIRE(holm({0.6, 0.7}) == Values{1, 1});
    REQUIRE(holm({}).empty());
}
