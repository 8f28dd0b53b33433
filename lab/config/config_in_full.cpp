#include "lab/config/config.h"

namespace normlab {
namespace {

Json to_json(const RandomCrop& a) {
    return {{"type", "random_crop"}, {"padding", a.padding}};
}
Json to_json(const HorizontalFlip& a) {
    return {{"type", "horizontal_flip"}, {"p", a.p}};
}
Json to_json(const Translate& a) {
    return {{"type", "translate"}, {"max_shift", a.max_shift}};
}
Json to_json(const Cutout& a) {
    return {{"type", "cutout"}, {"size", a.size}};
}

template <class T>
Json to_json(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}

Json to_json(const DataConfig& c) {
    Json corrupt = Json::array(), augment = Json::array();
    for (const Corruption& each : c.source.corrupt) corrupt.push_back(to_json(each));
    for (const Augmentation& each : c.augment)
        augment.push_back(std::visit([](const auto& a) { return to_json(a); }, each));
    Json json = {{"name", c.source.name},
                 {"dir", c.source.dir.string()},
                 {"batch_size", c.batch_size},
                 {"shuffle", c.shuffle},
                 {"drop_last", c.drop_last},
                 {"corrupt", corrupt},
                 {"augment", augment},
                 {"normalize", c.normalize},
                 {"train_limit", to_json(c.source.train_limit)},
                 {"test_limit", to_json(c.source.test_limit)}};
    if (c.source.name != "folder") return json;
    const Shape& image = c.source.folder_image;
    json["image_size"] = {image[1], image[2]};
    json["channels"] = image[0];
    return json;
}

Json to_json(const InitConfig& c) {
    return {{"weights", c.weights ? Json(c.weights->string()) : Json()},
            {"partial", c.partial},
            {"reset_running_stats", c.reset_running_stats}};
}

Json to_json(const OptimConfig& c) {
    Json groups = Json::array();
    for (const auto& [params, lr] : c.groups) groups.push_back({{"params", params}, {"lr", lr}});
    Json json = {{"type", c.type}, {"lr", c.lr}};
    if (c.type == "sgd")
        json.update({{"momentum", c.momentum}, {"dampening", c.dampening}, {"nesterov", c.nesterov}});
    else
        json.update({{"betas", {c.beta1, c.beta2}}, {"eps", c.eps}});
    json.update({{"weight_decay", c.weight_decay}, {"decay_norm_and_bias", c.decay_norm_and_bias}, {"groups", groups}});
    return json;
}

Json to_json(const ScheduleConfig& c) {
    Json json = {{"type", c.type}, {"warmup_epochs", c.warmup_epochs}};
    if (c.type == "step") json.update({{"step_epochs", c.step_epochs}, {"gamma", c.gamma}});
    if (c.type == "multi_step") json.update({{"milestones", c.milestones}, {"gamma", c.gamma}});
    if (c.type == "cosine") json["min_lr"] = c.min_lr;
    if (c.type == "one_cycle")
        json.update(
            {{"pct_start", c.pct_start}, {"div_factor", c.div_factor}, {"final_div_factor", c.final_div_factor}});
    return json;
}

Json to_json(const TrainConfig& c) {
    return {{"epochs", c.epochs},
            {"threads", to_json(c.threads)},
            {"label_smoothing", c.label_smoothing},
            {"clip_grad_norm", to_json(c.clip_grad_norm)},
            {"accumulate", c.accumulate},
            {"freeze_norm_after", to_json(c.freeze_norm_after)},
            {"checkpoint_every", to_json(c.checkpoint_every)}};
}

}  // namespace

Json to_json(const Config& c) {
    return {{"name", c.name},
            {"seed", c.seed},
            {"data", to_json(c.data)},
            {"model", c.model},
            {"init", to_json(c.init)},
            {"freeze", c.freeze},
            {"optim", to_json(c.optim)},
            {"schedule", to_json(c.schedule)},
            {"train", to_json(c.train)},
            {"watch", c.watch ? Json{{"every", c.watch->every}} : Json()}};
}

}  // namespace normlab
