#include <cmath>
#include <cstring>
#include <memory>

#include "framework/module_scope.h"
#include "framework/ops/arithmetic.h"
#include "framework/state.h"
#include "framework/support/files.h"
#include "layers/layers.h"
#include "tests/catch.h"
#include "tests/support.h"
#include "tests/temporary.h"

using namespace normlab;
using namespace normlab::test;

namespace {

Sequential small_net() {
    return Sequential(Conv2d({.in = 1, .out = 4, .padding = 1, .bias = false}), BatchNorm2d({.num_features = 4}),
                      ReLU(), Sequential(Flatten(), Dropout(), Linear({.in = 64, .out = 3})));
}

std::vector<std::string> names(Module& model) {
    std::vector<std::string> found;
    for (const auto& each : state_dict(model).tensors) found.push_back(each.name);
    for (const auto& each : state_dict(model).counters) found.push_back(each.name);
    return found;
}

BatchNorm2d& norm_of(Sequential& net) {
    return dynamic_cast<BatchNorm2d&>(net[1]);
}

// y = a · x with a learned a, which members() may leave out, as it may the layer inside.
struct Forgetful : Module {
    Forgetful(bool reports, bool reports_child) : reports_a(reports), reports_inside(reports_child) {}
    Var forward(const Var& x) override { return inside(multiply(a, x)); }
    void members(Members& members) override {
        if (reports_a) members.parameter("a", a);
        if (reports_inside) members.child("inside", inside);
    }
    std::string kind() const override { return "Forgetful"; }
    bool reports_a, reports_inside;
    Var a = Var::parameter(Tensor::full({1}, 2));
    Linear inside = Linear({.in = 3, .out = 3});
};

std::string error_of_call(Module& model, const Var& x) {
    return error_of([&] {
        Tape tape;
        model(x);
    });
}

}  // namespace

TEST_CASE("a parameter that members() left out is noticed when it is used", "[module]") {
    const Var x = Var::parameter(noise({2, 3}, 1));  // not a member either, but what the module is called on
    Forgetful complete(true, true);
    REQUIRE(error_of_call(complete, x).empty());
    REQUIRE(x.needs_gradient());

    Forgetful without_parameter(false, true), without_child(true, false);
    REQUIRE(error_of_call(without_parameter, x) ==
            "[Forgetful] uses a parameter of shape (1) that no module reports, so nothing would learn it: report it in "
            "members(), or its module as a child");
    REQUIRE(
        contains(error_of_call(without_child, x), "[Linear] uses a parameter of shape (3,3) that no module reports"));
    without_parameter(x);  // without a tape nothing learns
    without_parameter.a.set_needs_gradient(false);
    REQUIRE(error_of_call(without_parameter, x).empty());
}

TEST_CASE("a module may use what another one reports", "[module]") {
    Forgetful owner(true, true), user(false, true);
    parameters(owner);
    user.a = owner.a;
    REQUIRE(error_of_call(user, noise({2, 3}, 1)).empty());
}

TEST_CASE("a state loaded into another module makes it a copy that goes its own way", "[state]") {
    Sequential net = small_net(), copy = small_net();
    initialize(net, 1);
    net(noise({2, 1, 4, 4}, 1));  // moves the running statistics
    load_state(copy, state_of(net));
    const Tensor x = noise({2, 1, 4, 4}, 2);
    net.eval(), copy.eval();
    REQUIRE(same_bits(net(x).value(), copy(x).value()));
    parameters(net)[0].parameter.mutable_value().mutable_data()[0] += 1;
    REQUIRE_FALSE(same_bits(net(x).value(), copy(x).value()));
}

TEST_CASE("names are PyTorch's", "[module]") {
    Sequential net = small_net();
    REQUIRE(names(net) == std::vector<std::string>{"0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var",
                                                   "3.2.weight", "3.2.bias", "1.num_batches_tracked"});
}

TEST_CASE("parameters are listed once each, with the module they belong to", "[module]") {
    Sequential net = small_net();
    const auto found = parameters(net);
    REQUIRE(found.size() == 5);
    REQUIRE(found[1].name == "1.weight");
    REQUIRE(found[1].owner == &net[1]);
    REQUIRE(count_parameters(net) == 4 * 9 + 8 + 64 * 3 + 3);
}

TEST_CASE("train and eval reach every module below", "[module]") {
    Sequential net = small_net();
    net.eval();
    for (const auto& [name, module] : modules(net)) REQUIRE_FALSE(module->training());
    net.train();
    for (const auto& [name, module] : modules(net)) REQUIRE(module->training());
}

TEST_CASE("a freeze survives train() and ends with unfreeze()", "[module]") {
    Sequential net = small_net();
    net[1].freeze();
    net.train();
    REQUIRE_FALSE(net[1].training());
    REQUIRE(net[0].training());
    net.eval();
    net.train();
    REQUIRE_FALSE(norm_of(net).use_batch_statistics);
    REQUIRE_FALSE(norm_of(net).update_running_statistics);
    net.unfreeze();
    REQUIRE(norm_of(net).use_batch_statistics);
}

TEST_CASE("a frozen module learns nothing and its running statistics stand still", "[module]") {
    Sequential net = small_net();
    net[1].freeze();
    const Tensor mean = norm_of(net).running.mean.clone();
    Tape tape;
    tape.backward(sum(net(noise({2, 1, 4, 4}, 1, 3))));
    REQUIRE(parameters(net)[0].parameter.grad().defined());        // the convolution before it learns
    REQUIRE_FALSE(parameters(net)[1].parameter.grad().defined());  // gamma does not
    REQUIRE(same_bits(norm_of(net).running.mean, mean));
    REQUIRE(norm_of(net).running.batches == 0);
}

TEST_CASE("listeners may end in any order", "[module]") {
    ReLU relu;
    std::string heard;
    const auto listener = [&](const char* name) {
        return std::make_unique<ForwardListener>([&heard, name](Module&, const Var&, const Var&) { heard += name; });
    };
    const auto hears = [&] {
        heard.clear();
        relu(Tensor::zeros({1}));
        return heard;
    };
    auto first = listener("1"), second = listener("2"), third = listener("3");
    first.reset();
    REQUIRE(hears() == "3");
    third.reset();
    REQUIRE(hears() == "2");
    second.reset();
    REQUIRE(hears().empty());
}

TEST_CASE("scopes of modules may end in any order", "[module]") {
    const ReLU a, b;
    auto outer = std::make_unique<ModuleScope>(&a), inner = std::make_unique<ModuleScope>(&b);
    outer.reset();
    REQUIRE(ModuleScope::current() == &b);
    inner.reset();
    REQUIRE(ModuleScope::current() == nullptr);
}

TEST_CASE("the same seed draws the same weights, another seed others", "[module]") {
    Sequential a = small_net(), b = small_net(), c = small_net();
    initialize(a, 1), initialize(b, 1), initialize(c, 2);
    const auto first = [](Sequential& net) { return parameters(net)[0].parameter.value(); };
    REQUIRE(same_bits(first(a), first(b)));
    REQUIRE_FALSE(same_bits(first(a), first(c)));
}

TEST_CASE("weights of the same name and shape start alike whatever the norm around them", "[module]") {
    ResNet batch({.norm = {.type = NormType::batch}}, 8), group({.norm = {.type = NormType::group}}, 8);
    initialize(batch, 5), initialize(group, 5);
    const State a = state_of(batch), b = state_of(group);
    REQUIRE(a.tensors[0].name == "conv1.weight");
    REQUIRE(same_bits(a.tensors[0].tensor, b.tensors[0].tensor));
}

TEST_CASE("initial weights have the variance that their name promises", "[module]") {
    const auto [init, variance] = GENERATE(table<Init, double>({
        {Init::standard, 1.0 / (3 * 64 * 9)},
        {Init::kaiming_uniform, 2.0 / (64 * 9)},
        {Init::kaiming_normal, 2.0 / (64 * 9)},
        {Init::kaiming_normal_fan_out, 2.0 / (32 * 9)},
        {Init::xavier_uniform, 2.0 / (96 * 9)},
        {Init::xavier_normal, 2.0 / (96 * 9)},
        {Init::Scaled(Init::xavier_normal, 3), 9 * 2.0 / (96 * 9)},
        {Init::Normal(0.01), 0.0001},
    }));
    Conv2d conv({.in = 64, .out = 32, .init = init});
    double squares = 0;
    for (const Scalar w : conv.weight.value().values()) squares += double{w} * w / (64 * 32 * 9);
    REQUIRE(std::abs(squares / variance - 1) < 0.05);  // 18432 numbers: four standard errors are 0.042
}

TEST_CASE("dropout masks are a function of seed, name and step", "[module]") {
    Sequential a = small_net(), b = small_net();
    seed_training(a, 1), seed_training(b, 1);
    const Tensor x = noise({2, 1, 4, 4}, 1);
    const Tensor first = a(x).value(), second = a(x).value();
    REQUIRE_FALSE(same_bits(first, second));
    REQUIRE(same_bits(b(x).value(), first));
    seed_training(b, 1, 1);
    REQUIRE(same_bits(b(x).value(), second));
}

TEST_CASE("a state file gives back every number", "[state]") {
    const TemporaryFolder folder;
    Sequential net = small_net(), other = small_net();
    initialize(net, 3);
    net(noise({2, 1, 4, 4}, 1, 2));
    State state = state_of(net);
    state.metadata["config"] = "{\"seed\": 3}";
    write_safetensors(folder / "net.safetensors", state);
    const State read = read_safetensors(folder / "net.safetensors");
    REQUIRE(read.metadata == state.metadata);
    load_state(other, read);
    other.eval(), net.eval();
    REQUIRE(norm_of(other).running.batches == 1);
    REQUIRE(same_bits(other(noise({1, 1, 4, 4}, 2)).value(), net(noise({1, 1, 4, 4}, 2)).value()));
}

TEST_CASE("a file holds PyTorch's order: channels before rows", "[state]") {
    const TemporaryFolder folder;
    write_safetensors(folder / "w.safetensors", {.tensors = {{"w", Tensor::of({1, 2, 1, 2}, {1, 2, 3, 4})}}});
    const std::string bytes = read_file(folder / "w.safetensors");
    std::vector<Scalar> last(4);
    std::memcpy(last.data(), bytes.data() + bytes.size() - 4 * sizeof(Scalar), 4 * sizeof(Scalar));
    REQUIRE(last == std::vector<Scalar>{1, 2, 3, 4});
}

TEST_CASE("loading a state that does not fit names every difference and changes nothing", "[state]") {
    Sequential net = small_net();
    const Tensor before = parameters(net)[0].parameter.value().clone();
    State state = state_of(net);
    for (NamedTensor& each : state.tensors) each.tensor = each.tensor.clone();
    state.tensors[0].tensor = Tensor::zeros({4, 1, 3, 3});
    state.tensors[1].name = "1.gamma";
    state.tensors[5].tensor = Tensor::zeros({10, 64});
    REQUIRE(
        error_of([&] { load_state(net, state); }) ==
        "[load_state] missing: 1.weight; unexpected: 1.gamma; of another shape: 3.2.weight: (10,64), expected (3,64)");
    REQUIRE(same_bits(parameters(net)[0].parameter.value(), before));
}

TEST_CASE("what fits can be loaded alone, and the rest is reported", "[state]") {
    Sequential net = small_net();
    State state = state_of(net);
    state.tensors = {{"0.weight", Tensor::full({4, 1, 3, 3}, 2)}, {"3.2.weight", Tensor::zeros({10, 64})}};
    const Differences differences = load_matching_state(net, state);
    REQUIRE(parameters(net)[0].parameter.value().data()[0] == 2);
    REQUIRE(differences.missing.size() == 5);
    REQUIRE(differences.misshapen == std::vector<std::string>{"3.2.weight: (10,64), expected (3,64)"});
}

TEST_CASE("a counter in the shape of a tensor, and a tensor in that of a counter, are named with both shapes",
          "[state]") {
    Sequential net = small_net();
    State state = state_of(net);
    std::erase_if(state.tensors, [](const NamedTensor& each) { return each.name == "1.weight"; });
    state.counters = {{"1.weight", 3}};
    state.tensors.push_back({"1.num_batches_tracked", Tensor::full({1}, 3)});
    REQUIRE(error_of([&] { load_state(net, state); }) ==
            "[load_state] of another shape: 1.weight: (), expected (4), 1.num_batches_tracked: (1), expected ()");
}

TEST_CASE("a file that is missing, cut off, changed or foreign is refused with the reason", "[state]") {
    const TemporaryFolder folder;
    const auto path = folder / "state.safetensors";
    REQUIRE(contains(error_of([&] { read_safetensors(path); }), "No such file or directory"));
    write_safetensors(path, {.tensors = {{"w", noise({4, 4}, 1)}}});
    const std::string whole = read_file(path);
    const auto error_with = [&](const std::string& contents) {
        replace_file(path, contents);
        return error_of([&] { read_safetensors(path); });
    };
    REQUIRE(contains(error_with(whole.substr(0, whole.size() - 4)), "was cut off or changed"));
    REQUIRE(contains(error_with(whole.substr(0, 20)), "is not a safetensors file, or was cut off"));
    REQUIRE(contains(error_with("PK"), "is too short for a safetensors file: 2 bytes"));
    REQUIRE(contains(error_with(std::string("\x04\0\0\0\0\0\0\0[1,]", 12)), "its header is not a JSON object"));
    std::string changed = whole;
    changed.back() = static_cast<char>(changed.back() ^ 1);
    REQUIRE(contains(error_with(changed), "is damaged: its checksum is wrong"));
    const std::string half = R"({"w":{"dtype":"I16","shape":[1],"data_offsets":[0,2]}})";
    REQUIRE(contains(error_with(std::string(1, static_cast<char>(half.size())) + std::string(7, '\0') + half + "ab"),
                     "holds \"w\" as I16; only F16, BF16, F32, F64 and I64 can be read"));
}

TEST_CASE("a file that cannot be written leaves the old one as it was", "[state]") {
    const TemporaryFolder folder;
    REQUIRE(contains(error_of([&] { write_safetensors(folder / "nowhere" / "a.safetensors", {}); }), "cannot create"));
    write_safetensors(folder / "a", {.tensors = {{"w", noise({2}, 1)}}});
    const State twice{.tensors = {{"w", noise({2}, 1)}, {"w", noise({2}, 2)}}};
    REQUIRE(contains(error_of([&] { write_safetensors(folder / "a", twice); }), "two tensors are named \"w\""));
    REQUIRE(read_safetensors(folder / "a").tensors.size() == 1);
}
