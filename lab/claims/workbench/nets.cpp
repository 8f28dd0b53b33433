#include "lab/claims/workbench/nets.h"

#include "layers/factory.h"

namespace normlab {
namespace {

std::string object(const std::string& type, const std::string& more = "") {
    return "{\"type\":\"" + type + "\"" + (more.empty() ? "" : "," + more) + "}";
}

}  // namespace

std::unique_ptr<Module> make_net(const NetPlan& plan, std::uint64_t seed) {
    const Json layers = Json::parse(plan.layers);
    const Json norm = plan.norm.starts_with("{") ? Json::parse(plan.norm) : Json(plan.norm);
    std::unique_ptr<Module> net = make_model({{"layers", layers}, {"norm", norm}}, plan.image, plan.classes);
    initialize(*net, seed);
    seed_training(*net, seed);
    return net;
}

std::string mlp(int depth, int width, const std::string& activation, const std::string& linear) {
    const std::string out = "\"out\":" + std::to_string(width) + (linear.empty() ? "" : "," + linear);
    std::string layers = object("flatten");
    for (int i = 0; i < depth; ++i)
        layers += "," + object("linear", out) + "," + object("norm") + "," + object(activation);
    return "[" + layers + "," + object("linear") + "]";
}

std::string vgg6(const std::string& init, Order order, const std::array<int, 3>& channels) {
    const std::string norm = object("norm"), act = object("relu");
    std::string layers;
    for (const int out : channels)
        for (const bool second : {false, true}) {
            const std::string conv =
                object("conv2d", "\"out\":" + std::to_string(out) + ",\"padding\":1,\"init\":\"" + init + "\"");
            switch (order) {
                case Order::conv_norm_act: layers += conv + "," + norm + "," + act; break;
                case Order::conv_act_norm: layers += conv + "," + act + "," + norm; break;
                case Order::norm_act_conv: layers += norm + "," + act + "," + conv; break;
            }
            layers += "," + (second ? object("max_pool2d") + "," : "");
        }
    return "[" + layers + object("global_avg_pool2d") + "," + object("flatten") + "," + object("linear") + "]";
}

std::string vgg() {
    std::string layers;
    for (const int channels : {64, 128, 256})
        for (const char* pool : {"", R"({"type":"max_pool2d"},)"})
            layers += R"({"type":"conv2d","padding":1,"init":"xavier_normal","out":)" + std::to_string(channels) +
                      R"(},{"type":"norm"},{"type":"relu"},)" + pool;
    return "[" + layers +
           R"({"type":"global_avg_pool2d"},{"type":"flatten"},{"type":"linear","init":"xavier_normal"}])";
}

}  // namespace normlab
