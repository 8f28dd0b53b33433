#include "lab/config.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <utility>

#include "datasets/pixel_scale.h"
#include "layers/factory.h"

namespace normlab {
namespace {

// What a number may be, and how an error says so.
struct Allowed {
    const char* text;
    bool (*holds)(double);
};
constexpr Allowed kNotNegative{"at least 0", [](double v) { return v >= 0; }};
constexpr Allowed kPositive{"above 0", [](double v) { return v > 0; }};
constexpr Allowed kFraction{"from 0 to 1", [](double v) { return v >= 0 && v <= 1; }};
constexpr Allowed kBelowOne{"at least 0 and below 1", [](double v) { return v >= 0 && v < 1; }};

// A section of the config whose numbers have bounds.
class Section : public Options {
  public:
    using Options::Options;

    void check(bool fine, const std::string& key, const std::string& rule) const {
        if (!fine) throw ConfigError(path_of(key), rule);
    }
    double number(const std::string& key, double otherwise, const Allowed& allowed) {
        const double value = get<double>(key, otherwise);
        check(key, value, allowed);
        return value;
    }
    std::optional<double> number_or_null(const std::string& key, const Allowed& allowed) {
        const auto value = get<std::optional<double>>(key, std::nullopt);
        if (value) check(key, *value, allowed);
        return value;
    }
    Index whole(const std::string& key, Index otherwise, Index least) {
        const Index value = get<Index>(key, otherwise);
        check(key, value, least);
        return value;
    }
    std::optional<Index> whole_or_null(const std::string& key, Index least) {
        const auto value = get<std::optional<Index>>(key, std::nullopt);
        if (value) check(key, *value, least);
        return value;
    }
    std::string word(const std::string& key, const std::vector<std::string>& words, const std::string& otherwise) {
        std::vector<std::pair<std::string, std::string>> table;
        for (const std::string& each : words) table.emplace_back(each, each);
        return choice(key, table, otherwise);
    }

  private:
    void check(const std::string& key, double value, const Allowed& allowed) const {
        std::ostringstream rule;
        rule << "must be " << allowed.text << ", got " << value;
        check(allowed.holds(value), key, rule.str());
    }
    void check(const std::string& key, Index value, Index least) const {
        check(value >= least, key, "must be at least " + std::to_string(least) + ", got " + std::to_string(value));
    }
};

Section section(Options& root, const std::string& key) {
    static const Json empty = Json::object();
    const Json* found = root.find(key);
    return Section(found == nullptr ? empty : *found, root.path_of(key));
}

DataConfig parse_data(Section data) {
    DataConfig c;
    c.source.name = data.word("name", data_set_names(), c.source.name);
    c.source.dir = data.get<std::string>("dir", "data/" + c.source.name);
    c.batch_size = data.whole("batch_size", c.batch_size, 1);
    c.shuffle = data.get("shuffle", c.shuffle);
    c.drop_last = data.get("drop_last", c.drop_last);
    c.source.train_limit = data.whole_or_null("train_limit", 1);
    c.source.test_limit = data.whole_or_null("test_limit", 1);
    data.check(!c.drop_last || !c.source.train_limit || *c.source.train_limit >= c.batch_size, "train_limit",
               "must be at least batch_size, or drop_last false: fewer images fill no batch");
    if (c.source.name == "folder") {
        const Pair size = data.get<Pair>("image_size", Pair(32));
        data.check(size.h >= 1 && size.w >= 1, "image_size", "must be at least 1");
        const Index channels = data.get<Index>("channels", 3);
        data.check(channels == 1 || channels == 3, "channels",
                   "must be 1 (grey) or 3 (colour), got " + std::to_string(channels));
        c.source.folder_image = {channels, size.h, size.w};
    }
    if (const Json* augment = data.find("augment")) c.augment = parse_augmentations(*augment, data.path_of("augment"));
    if (const Json* normalize = data.find("normalize")) c.normalize = *normalize;
    if (c.normalize != "auto")
        parse_scale(c.normalize, data.path_of("normalize"), {.name = c.source.name, .image = image_of(c.source)});
    data.finish();
    return c;
}

// The section with its norm as an object. That the model can be built is tried out; of a folder the number of classes
// is not known yet.
Json parse_model(const Json* given, const DataSource& source) {
    const auto classes = known_classes(source.name);
    const Shape image = image_of(source);
    Json model = {{"arch", image == Shape{1, 28, 28} ? "lenet" : "resnet20"}};
    if (given != nullptr && given->is_object() && !given->contains("arch") && !given->contains("layers"))
        model.update(*given);
    else if (given != nullptr)
        model = *given;
    try {
        make_model(model, image, classes.value_or(10));
    } catch (const ConfigError& error) {
        const bool about_classes = !classes && error.path == "model.layers" && model["layers"].is_array();
        if (!about_classes) throw;
    }
    const Json norm = model.value("norm", Json("batch"));
    model["norm"] = {{"type", "batch"}};
    if (norm.is_string()) model["norm"]["type"] = norm;
    if (norm.is_object()) model["norm"].update(norm);
    return model;
}

OptimConfig parse_optim(Section optim) {
    OptimConfig c;
    c.type = optim.word("type", {"sgd", "adam", "adamw"}, c.type);
    c.lr = optim.number("lr", c.type == "sgd" ? c.lr : 1e-3, kNotNegative);
    const double weight_decay = c.type == "sgd" ? c.weight_decay : c.type == "adam" ? 0 : 1e-2;
    c.weight_decay = optim.number("weight_decay", weight_decay, kNotNegative);
    c.decay_norm_and_bias = optim.get("decay_norm_and_bias", c.decay_norm_and_bias);
    c.momentum = optim.number("momentum", c.momentum, kBelowOne);
    c.dampening = optim.number("dampening", c.dampening, kFraction);
    c.nesterov = optim.get("nesterov", c.nesterov);
    optim.check(!c.nesterov || (c.momentum > 0 && c.dampening == 0), "nesterov",
                "needs a momentum above 0 and a dampening of 0");
    const auto betas = optim.get<std::vector<double>>("betas", {c.beta1, c.beta2});
    optim.check(betas.size() == 2 && std::ranges::all_of(betas, kBelowOne.holds), "betas",
                "must be two numbers of at least 0 and below 1");
    c.beta1 = betas[0], c.beta2 = betas[1];
    c.eps = optim.number("eps", c.eps, kPositive);
    optim.finish();
    return c;
}

ScheduleConfig parse_schedule(Section schedule, double lr, Index epochs) {
    ScheduleConfig c;
    c.type = schedule.word("type", {"constant", "step", "multi_step", "cosine", "one_cycle"}, c.type);
    c.warmup_epochs = schedule.number("warmup_epochs", c.warmup_epochs, kNotNegative);
    schedule.check(c.warmup_epochs < static_cast<double>(epochs), "warmup_epochs",
                   "must be below train.epochs, which is " + std::to_string(epochs));
    c.step_epochs = schedule.number("step_epochs", c.step_epochs, kPositive);
    c.milestones = schedule.get("milestones", c.milestones);
    double before = c.warmup_epochs;
    for (const double milestone : c.milestones)
        schedule.check(milestone > std::exchange(before, milestone), "milestones",
                       "must increase, from above warmup_epochs");
    c.gamma = schedule.number("gamma", c.gamma, kPositive);
    c.min_lr = schedule.number("min_lr", c.min_lr, kNotNegative);
    schedule.check(c.min_lr <= lr, "min_lr", "must not be above optim.lr");
    c.pct_start = schedule.number("pct_start", c.pct_start, kFraction);
    c.div_factor = schedule.number("div_factor", c.div_factor, kPositive);
    c.final_div_factor = schedule.number("final_div_factor", c.final_div_factor, kPositive);
    schedule.finish();
    return c;
}

TrainConfig parse_train(Section train) {
    TrainConfig c;
    c.epochs = train.whole("epochs", c.epochs, 1);
    c.threads = train.whole_or_null("threads", 1);
    c.label_smoothing = train.number("label_smoothing", c.label_smoothing, kBelowOne);
    c.clip_grad_norm = train.number_or_null("clip_grad_norm", kPositive);
    c.accumulate = train.whole("accumulate", c.accumulate, 1);
    c.checkpoint_every = train.whole_or_null("checkpoint_every", 1);
    train.finish();
    return c;
}

std::optional<WatchConfig> parse_watch(Options& root) {
    const Json* found = root.find("watch");
    if (found == nullptr || found->is_null()) return std::nullopt;
    Section watch(*found, "watch");
    const Index every = watch.whole("every", WatchConfig().every, 1);
    watch.finish();
    return WatchConfig{every};
}

std::optional<std::filesystem::path> parse_init(Section init) {
    const auto weights = init.get<std::optional<std::string>>("weights", std::nullopt);
    init.finish();
    return weights;
}

struct Known {
    Shape image;
    Index classes;
};
const Known* known(const std::string& set) {
    static const std::map<std::string, Known> sets = {
        {"digits", {{1, 28, 28}, 10}},        {"shapes", {{3, 32, 32}, 10}},  {"mnist", {{1, 28, 28}, 10}},
        {"fashion_mnist", {{1, 28, 28}, 10}}, {"cifar10", {{3, 32, 32}, 10}}, {"cifar100", {{3, 32, 32}, 100}},
    };
    const auto found = sets.find(set);
    return found == sets.end() ? nullptr : &found->second;
}

}  // namespace

Shape image_of(const DataSource& source) {
    const Known* set = known(source.name);
    return set == nullptr ? source.folder_image : set->image;
}

std::optional<Index> known_classes(const std::string& data_set) {
    const Known* set = known(data_set);
    return set == nullptr ? std::nullopt : std::optional(set->classes);
}

Schedule ScheduleConfig::of(double lr, Index steps_per_epoch, Index epochs) const {
    const auto steps = [&](double count) -> Index { return std::llround(count * static_cast<double>(steps_per_epoch)); };
    const Index total = epochs * steps_per_epoch, warmup = std::min(steps(warmup_epochs), total - 1);
    if (type == "step") return Schedule(StepSchedule{lr, std::max<Index>(1, steps(step_epochs)), gamma, warmup});
    if (type == "multi_step") {
        std::vector<Index> after_warmup;
        for (Index last = 0; const double milestone : milestones)
            after_warmup.push_back(last = std::max(last + 1, steps(milestone) - warmup));
        return Schedule(MultiStepSchedule{lr, after_warmup, gamma, warmup});
    }
    if (type == "cosine") return Schedule(CosineSchedule{lr, total, min_lr, warmup});
    if (type == "one_cycle") return Schedule(OneCycleSchedule{lr, total, pct_start, div_factor, final_div_factor, warmup});
    return Schedule(ConstantSchedule{lr, warmup});
}

bool is_fit_for_a_folder(const std::string& name) {
    return !name.empty() && name.find('/') == std::string::npos && name[0] != '.';
}

Config parse_config(const Json& json) {
    Options root(json, "");
    Config c;
    c.data = parse_data(section(root, "data"));
    c.model = parse_model(root.find("model"), c.data.source);
    c.name = root.get<std::string>("name", c.data.source.name + "-" + c.model.value("arch", "layers"));
    if (!is_fit_for_a_folder(c.name))
        throw ConfigError("name", "must be fit for the name of a folder, got \"" + c.name + "\"");
    const Index seed = root.get<Index>("seed", 1);
    if (seed < 0) throw ConfigError("seed", "must be at least 0, got " + std::to_string(seed));
    c.seed = static_cast<std::uint64_t>(seed);
    c.init_weights = parse_init(section(root, "init"));
    c.optim = parse_optim(section(root, "optim"));
    c.train = parse_train(section(root, "train"));
    c.schedule = parse_schedule(section(root, "schedule"), c.optim.lr, c.train.epochs);
    c.watch = parse_watch(root);
    root.find("$schema");  // what editors check the file with
    root.finish();
    return c;
}

}  // namespace normlab
