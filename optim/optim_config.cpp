#include "optim/optim_config.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace normlab {

constexpr NumberRange kTime{.above = 0, .most = kMany};  // in epochs

static const ForeignNames kForeign = {
    {"learning_rate", "lr"}, {"epsilon", "eps"},
    {"beta_1", "betas"},     {"beta_2", "betas"},
    {"l2", "weight_decay"},  {"l1", "groups", "it is an option of optim.groups: [{\"params\": [\"*\"], \"l1\": 1e-4}]"},
};

static void fields(Fields& f, OptimConfig::Group& group) {
    f.require_key("params");
    f.texts("params", group.params, "Names of layers or parameters; * matches any letters");
    f.number("lr", group.lr, kNotNegative,
             "Their rate instead of optim.lr, null: that; the schedule multiplies both by the same factor");
    f.number("weight_decay", group.weight_decay, kNotNegative, "Their decay instead of optim.weight_decay; null: that");
    f.number("l1", group.l1, kNotNegative,
             "l1 sign(w) is added to their gradients, as if the loss had l1 times the sum of |w|");
    f.flag("nonnegative", group.nonnegative, "What a step takes below 0 is put to 0");
    f.flag("orthogonal", group.orthogonal,
           "sgd: a step, as a matrix with a row for each output, has all its singular values taken to 1 (Muon)");
    f.check(group.lr || group.weight_decay || group.l1 > 0 || group.nonnegative || group.orthogonal, "params",
            "have nothing of their own: give them a lr, weight_decay, l1, nonnegative or orthogonal");
}

namespace {

FieldValue betas_field(std::array<double, 2>& betas) {
    return {.read =
                [&](const Json& json, const std::string& path) {
                    const auto given = JsonReader::convert<std::vector<double>>(json, path);
                    const auto fits = [](double beta) { return beta >= 0 && beta < 1; };
                    if (given.size() != 2 || !std::ranges::all_of(given, fits))
                        throw ConfigError(path, "must be two numbers of at least 0 and below 1");
                    betas = {given[0], given[1]};
                },
            .write = [&] { return Json(betas); },
            .schema = {{"type", "array"},
                       {"items", {{"type", "number"}, {"minimum", 0}, {"exclusiveMaximum", 1}}},
                       {"minItems", 2},
                       {"maxItems", 2}}};
}

FieldValue groups_field(std::vector<OptimConfig::Group>& groups) {
    return {
        .read =
            [&](const Json& list, const std::string& path) {
                if (!list.is_array()) throw ConfigError(path, "expected a list of groups, got " + list.dump());
                groups.clear();
                for (std::size_t i = 0; i < list.size(); ++i)
                    groups.push_back(read_fields<OptimConfig::Group>(list[i], path + "[" + std::to_string(i) + "]"));
            },
        .write =
            [&] {
                Json list = Json::array();
                for (const OptimConfig::Group& group : groups) list.push_back(written_fields(group));
                return list;
            },
        .schema = {{"type", "array"}, {"items", described_fields<OptimConfig::Group>()}}};
}

}  // namespace

void fields(Fields& f, OptimConfig& c) {
    f.expect_foreign(kForeign);
    f.word("type", c.type, {"sgd", "adam", "adamw"}, "The optimizer");
    const bool sgd = c.type == "sgd";
    if (f.reads() && !sgd) {
        c.lr = AdamOptions().lr;
        c.weight_decay = c.type == "adam" ? AdamOptions().weight_decay : AdamWOptions().weight_decay;
    }
    f.number("lr", c.lr, kNotNegative,
             "The learning rate that the schedule starts from; by default 0.001 for adam and adamw");
    f.only_for("type", {"sgd"}, c.type, [&](Fields& own) {
        own.number("momentum", c.momentum, kBelowOne, "sgd: how much of the last step is kept");
        own.number("dampening", c.dampening, kFraction, "sgd: how much of a new gradient is held back");
        own.flag("nesterov", c.nesterov, "sgd: Nesterov's momentum; needs a momentum and no dampening");
        own.check(!c.nesterov || (c.momentum > 0 && c.dampening == 0), "nesterov",
                  "needs a momentum above 0 and a dampening of 0");
    });
    f.only_for("type", {"adam", "adamw"}, c.type, [&](Fields& own) {
        own.value("betas", betas_field(c.betas),
                  "adam, adamw: decay of the running mean and mean square of the gradients");
        own.number("eps", c.eps, kPositive, "adam, adamw: added to the root of the mean square");
    });
    f.number("weight_decay", c.weight_decay, kNotNegative,
             "How strongly weights are pulled to zero; by default 0 for adam, 0.01 for adamw");
    f.flag("decay_norm_and_bias", c.decay_norm_and_bias, "The scales and offsets of norms and the biases decay, too");
    f.value("groups", groups_field(c.groups),
            "Parameters with a rate, decay or bound of their own; the first group that matches one counts");
    f.check(sgd || std::ranges::none_of(c.groups, &OptimConfig::Group::orthogonal), "groups",
            "have orthogonal steps, which are for sgd");
    const bool own_rates =
        std::ranges::any_of(c.groups, [](const OptimConfig::Group& each) { return each.lr.has_value(); });
    f.check(!own_rates || c.lr > 0, "groups", "needs a learning rate (optim.lr) above 0 for all others");
}

void fields(Fields& f, ScheduleConfig& c) {
    using Visit = std::function<void(Fields&)>;
    const auto only_for = [&](const std::vector<std::string>& types, const Visit& visit) {
        f.only_for("type", types, c.type, visit);
    };
    f.word(
        "type", c.type, {"constant", "step", "multi_step", "cosine", "one_cycle", "plateau"},
        "step, multi_step: times gamma now and then; cosine: half a wave down; one_cycle: up and down; plateau: times "
        "factor whenever the loss has not fallen for a while");
    f.number("warmup_epochs", c.warmup_epochs, {.least = 0, .most = kMany},
             "Epochs in which the rate rises to where the schedule starts; the run itself if that is shorter");
    only_for({"step"}, [&](Fields& own) {
        own.number("step_epochs", c.step_epochs, kTime, "step: epochs from one multiplication to the next");
    });
    only_for({"multi_step"}, [&](Fields& own) {
        own.numbers("milestones", c.milestones, kTime, "multi_step: after how many epochs the rate is multiplied");
        double before = c.warmup_epochs;
        for (const double milestone : c.milestones)
            own.check(milestone > std::exchange(before, milestone), "milestones",
                      "must increase, from above warmup_epochs");
    });
    only_for({"step", "multi_step"},
             [&](Fields& own) { own.number("gamma", c.gamma, kPositive, "step, multi_step: the factor"); });
    only_for({"cosine", "plateau"}, [&](Fields& own) {
        own.number("min_lr", c.min_lr, kNotNegative, "cosine: the rate at the end; plateau: the least");
    });
    only_for({"plateau"}, [&](Fields& own) {
        own.number("factor", c.factor, {.above = 0, .below = 1}, "plateau: what the rate is multiplied by");
        own.whole("patience", c.patience, {0, kMany},
                  "plateau: after more tests than this without a lower loss, on the validation images or else in "
                  "training");
    });
    only_for({"one_cycle"}, [&](Fields& own) {
        own.number("pct_start", c.pct_start, kFraction, "one_cycle: the share of the steps in which the rate rises");
        own.number("div_factor", c.div_factor, kPositive, "one_cycle: it starts at lr / div_factor");
        own.number("final_div_factor", c.final_div_factor, kPositive, "one_cycle: and ends at that / final_div_factor");
        own.choice("anneal_strategy", c.anneal_strategy, {{"cos", Anneal::cos}, {"linear", Anneal::linear}},
                   "one_cycle: both ways along half a wave, or straight");
    });
}

Schedule ScheduleConfig::of(double lr, Index steps_per_epoch, Index total) const {
    const auto steps = [&](double count) -> Index {
        return std::llround(count * static_cast<double>(steps_per_epoch));
    };
    const Index warmup = std::min(steps(warmup_epochs), total - 1);
    if (type == "step") return Schedule(StepSchedule{lr, std::max<Index>(1, steps(step_epochs)), gamma, warmup});
    if (type == "multi_step") {
        std::vector<Index> after_warmup;
        for (Index last = 0; const double milestone : milestones)
            after_warmup.push_back(last = std::max(last + 1, steps(milestone) - warmup));
        return Schedule(MultiStepSchedule{lr, after_warmup, gamma, warmup});
    }
    if (type == "cosine") return Schedule(CosineSchedule{lr, total, min_lr, warmup});
    if (type == "one_cycle")
        return Schedule(OneCycleSchedule{lr, total, pct_start, div_factor, final_div_factor, anneal_strategy, warmup});
    return Schedule(ConstantSchedule{lr, warmup});
}

double ScheduleConfig::lowered(double lr, Index reductions) const {
    return reductions == 0 ? lr : std::max(std::min(lr, min_lr), lr * std::pow(factor, reductions));
}

}  // namespace normlab
