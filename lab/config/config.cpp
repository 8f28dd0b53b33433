#include "lab/config/config.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "datasets/pixel_scale.h"
#include "framework/safetensors.h"
#include "framework/support/shell.h"
#include "framework/support/threads.h"
#include "lab/config/config_section.h"
#include "lab/model/fine_tuning.h"
#include "lab/run/run_folder.h"
#include "lab/run/run_optimizer.h"
#include "layers/factory.h"

namespace normlab {
namespace {

Section section(JsonReader& root, const std::string& key) {
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
    if (const Json* corrupt = data.find("corrupt"))
        c.source.corrupt = parse_corruptions(*corrupt, data.path_of("corrupt"));
    if (const Json* augment = data.find("augment")) c.augment = parse_augmentations(*augment, data.path_of("augment"));
    if (const Json* normalize = data.find("normalize")) c.normalize = *normalize;
    if (c.normalize != "auto")
        parse_scale(c.normalize, data.path_of("normalize"), {.name = c.source.name, .image = image_of(c.source)});
    data.finish();
    return c;
}

struct TriedModel {
    Json section;                    // with its norm as an object
    std::unique_ptr<Module> module;  // null where it cannot be built yet: the number of a folder's classes is not known
};

// What the file of init.weights says of its own model, where normlab wrote it.
Json section_in(const InitConfig& init) {
    if (!init.weights || !std::filesystem::is_regular_file(*init.weights)) return {};
    const State state = read_safetensors(*init.weights);
    const auto config = state.metadata.find("config");
    if (config == state.metadata.end()) return {};
    const Json json = Json::parse(config->second, nullptr, false);
    return json.is_object() ? json.value("model", Json()) : Json();  // else another program wrote it
}

// Where the config does not say, the net is that of init.weights, or else one that fits the images.
TriedModel parse_model(const Json* given, const DataSource& source, const InitConfig& init) {
    const auto classes = known_classes(source.name);
    const Shape image = image_of(source);
    Json model = given == nullptr ? section_in(init) : Json();
    if (model.is_null()) model = {{"arch", image == Shape{1, 28, 28} ? "lenet" : "resnet20"}};
    if (given != nullptr && given->is_object() && !given->contains("arch") && !given->contains("layers"))
        model.update(*given);
    else if (given != nullptr)
        model = *given;
    std::unique_ptr<Module> module;
    try {
        module = make_model(model, image, classes.value_or(10));
    } catch (const ConfigError& error) {
        const bool about_classes = !classes && error.path == "model.layers" && model["layers"].is_array();
        if (!about_classes) throw;
    }
    model["norm"] = to_json(parse_norm(model.value("norm", Json("batch")), "model.norm"));
    model["weight_standardization"] = model.value("weight_standardization", false);
    return {std::move(model), std::move(module)};
}

InitConfig parse_init(Section init) {
    InitConfig c;
    if (const auto weights = init.get<std::optional<std::string>>("weights", std::nullopt))
        c.weights = model_file_of(*weights);
    c.partial = init.get("partial", c.partial);
    init.check(c.weights || c.partial.empty(), "partial", "needs weights: there is nothing to differ from");
    c.reset_running_stats = init.get("reset_running_stats", c.reset_running_stats);
    init.check(c.weights || !c.reset_running_stats, "reset_running_stats",
               "needs weights: nothing came with the model");
    init.finish();
    return c;
}

std::vector<OptimConfig::Group> parse_groups(const Json& list, const std::string& path) {
    if (!list.is_array()) throw ConfigError(path, "expected a list of groups, got " + list.dump());
    std::vector<OptimConfig::Group> groups;
    for (std::size_t i = 0; i < list.size(); ++i) {
        Section group(list[i], path + "[" + std::to_string(i) + "]");
        groups.push_back({group.get<NamePatterns>("params"), group.get<double>("lr")});
        group.check(groups.back().lr >= 0, "lr", "must be at least 0");
        group.finish();
    }
    return groups;
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
    if (const Json* groups = optim.find("groups")) c.groups = parse_groups(*groups, optim.path_of("groups"));
    optim.check(c.groups.empty() || c.lr > 0, "groups", "needs a learning rate (optim.lr) above 0 for all others");
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
    c.threads = train.whole_or_null("threads", 1, kMostThreads);
    c.label_smoothing = train.number("label_smoothing", c.label_smoothing, kBelowOne);
    c.clip_grad_norm = train.number_or_null("clip_grad_norm", kPositive);
    c.accumulate = train.whole("accumulate", c.accumulate, 1);
    c.freeze_norm_after = train.whole_or_null("freeze_norm_after", 0);
    c.checkpoint_every = train.whole_or_null("checkpoint_every", 1);
    train.finish();
    return c;
}

std::optional<WatchConfig> parse_watch(JsonReader& root) {
    const Json* found = root.find("watch");
    if (found == nullptr || found->is_null()) return std::nullopt;
    Section watch(*found, "watch");
    const Index every = watch.whole("every", WatchConfig().every, 1);
    watch.finish();
    return WatchConfig{every};
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
    const auto steps = [&](double count) -> Index {
        return std::llround(count * static_cast<double>(steps_per_epoch));
    };
    const Index total = epochs * steps_per_epoch, warmup = std::min(steps(warmup_epochs), total - 1);
    if (type == "step") return Schedule(StepSchedule{lr, std::max<Index>(1, steps(step_epochs)), gamma, warmup});
    if (type == "multi_step") {
        std::vector<Index> after_warmup;
        for (Index last = 0; const double milestone : milestones)
            after_warmup.push_back(last = std::max(last + 1, steps(milestone) - warmup));
        return Schedule(MultiStepSchedule{lr, after_warmup, gamma, warmup});
    }
    if (type == "cosine") return Schedule(CosineSchedule{lr, total, min_lr, warmup});
    if (type == "one_cycle")
        return Schedule(OneCycleSchedule{lr, total, pct_start, div_factor, final_div_factor, warmup});
    return Schedule(ConstantSchedule{lr, warmup});
}

bool is_fit_for_a_folder(const std::string& name) {
    return !name.empty() && name.find('/') == std::string::npos && name[0] != '.';
}

Config parse_config(const Json& json) {
    JsonReader root(json, "");
    for (const char* key : {"axes", "list"})
        if (json.contains(key)) throw ConfigError(key, "belongs to a comparison: " + command({"compare", "CONFIG"}));
    Config c;
    c.data = parse_data(section(root, "data"));
    c.init = parse_init(section(root, "init"));
    TriedModel model = parse_model(root.find("model"), c.data.source, c.init);
    c.model = model.section;
    c.name = root.get<std::string>("name", c.data.source.name + "-" + c.model.value("arch", "layers"));
    if (!is_fit_for_a_folder(c.name))
        throw ConfigError("name", "must be fit for the name of a folder, got \"" + c.name + "\"");
    const Index seed = root.get<Index>("seed", 1);
    if (seed < 0) throw ConfigError("seed", "must be at least 0, got " + std::to_string(seed));
    c.seed = static_cast<std::uint64_t>(seed);
    c.freeze = root.get("freeze", c.freeze);
    c.optim = parse_optim(section(root, "optim"));
    c.train = parse_train(section(root, "train"));
    c.schedule = parse_schedule(section(root, "schedule"), c.optim.lr, c.train.epochs);
    c.watch = parse_watch(root);
    if (model.module != nullptr) {  // the names that patterns pick
        freeze_matching(*model.module, c.freeze);
        parameter_groups(c.optim, *model.module);
    }
    root.find("$schema");  // what editors check the file with
    root.finish();
    return c;
}

}  // namespace normlab
