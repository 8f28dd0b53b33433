#include <cmath>
#include <iostream>

#include "datasets/datasets.h"
#include "framework/support/files.h"
#include "framework/support/threads.h"
#include "lab/report/lr_page.h"
#include "lab/report/scale.h"
#include "lab/text/table.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct LrGiven {
    std::string config, html;
    std::vector<std::string> overrides;
    Index steps = 140, threads = 0;
};

constexpr int kRowsPerDecade = 3;

std::string rate(double lr) {
    return significant(lr, 2);
}

std::string table_of(const std::vector<LrStep>& steps) {
    using enum Table::Align;
    Table table({{"learning rate", right}, {"loss", right}});
    double next = 0;
    for (const LrStep& step : steps) {
        if (step.lr < next) continue;
        table.add({rate(step.lr), fixed(step.smooth, 4)});
        next = step.lr * std::pow(10.0, 1.0 / kRowsPerDecade) * (1 - 1e-9);
    }
    return table.text();
}

std::string advice_on(const std::vector<LrStep>& steps) {
    const double best = lowest(steps).lr;
    return "The loss falls fastest at a rate of " + rate(steepest(steps).lr) + " and is lowest at " + rate(best) +
           (&lowest(steps) == &steps.back() ? ", where the test ends" : ", and rises from there") +
           ". Between a tenth and a third of that, from " + rate(best / 10) + " to " + rate(best / 3) +
           ", is where to look for optim.lr.";
}

int test_rates(const LrGiven& given) {
    if (given.threads > 0) set_threads(static_cast<int>(given.threads));
    const Config config = given.config.empty() ? default_config(given.overrides)
                                               : load_config(config_named(given.config), given.overrides);
    const std::vector<LrStep> steps = test_learning_rates(config, load(config.data.source).train, given.steps);
    require(!steps.empty(), "lr", "the loss is not finite in the first step");
    const std::string advice = advice_on(steps);
    if (!given.html.empty()) replace_file(given.html, lr_page(config.name, steps, advice));
    std::cout << table_of(steps) << '\n' << paragraph(advice);
    return 0;
}

}  // namespace

Work define_lr(Arguments& arguments) {
    const auto given = std::make_shared<LrGiven>();
    arguments.optional_word("CONFIG", given->config, "a JSON file; without one the config that train has by default");
    arguments.overrides(given->overrides);
    arguments.number("--steps", given->steps, 2, "steps in which the rate grows from 1e-6 to 10 (default 140)");
    arguments.threads(given->threads);
    arguments.option("--html", "FILE", given->html, "write a page with the curve as well");
    arguments.footer(
        "A model learns while the rate grows; nothing is kept of it.\n\n"
        "example:\n  normlab lr configs/digits.json --html rates.html");
    return [given] { return test_rates(*given); };
}

}  // namespace normlab
