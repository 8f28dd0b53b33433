// The reference nets, held to PyTorch's: names and shapes, ten steps of SGD from the same weights on the same batches,
// one evaluation. The files come from fixtures/make_fixtures.py; weights and images from the formula in fixture.h.
#include <algorithm>
#include <cstdlib>

#include "framework/state.h"
#include "layers/layers.h"
#include "optim/sgd.h"
#include "tests/fixtures/fixture.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// Ten steps magnify the last bit of a float; in double what limits agreement is that the files hold float32.
constexpr bool kFloat = std::is_same_v<Scalar, float>;
constexpr double kLossTolerance = kFloat ? 1e-4 : 1e-6, kStateTolerance = kFloat ? 1e-3 : 1e-6;
constexpr double kMovesTolerance = kFloat ? 1e-2 : 1e-3;  // of parameters, which are much larger than their moves

struct Net {
    std::string name;
    NormType norm;
    Shape image;
    int batch;
    double lr;
    Index parameters;
};

const std::vector<Net> kNets = {
    {"lenet", NormType::batch, {1, 28, 28}, 16, 0.003, 421738},
    {"vgg", NormType::batch, {3, 32, 32}, 8, 0.0005, 1148874},
    {"resnet9", NormType::batch, {3, 32, 32}, 8, 3e-5, 6573130},
    {"resnet20", NormType::batch, {3, 32, 32}, 16, 2e-4, 272474},
    {"resnet20_group", NormType::group, {3, 32, 32}, 8, 5e-4, 272474},
    {"resnet20_layer", NormType::layer, {3, 32, 32}, 8, 2e-4, 272474},
    {"resnet20_instance", NormType::instance, {3, 32, 32}, 8, 2e-4, 272474},
};

std::unique_ptr<Module> make(const Net& net) {
    const ModelOptions options{.norm = {.type = net.norm}, .image = net.image};
    if (net.name == "lenet") return std::make_unique<Sequential>(lenet(options));
    if (net.name == "vgg") return std::make_unique<Sequential>(vgg(options));
    if (net.name == "resnet9") return std::make_unique<Sequential>(resnet9(options));
    return std::make_unique<ResNet>(options);
}

std::unique_ptr<Module> make_initial(const Net& net) {
    auto model = make(net);
    set_initial(net.name, *model);
    for (const auto& [name, module] : modules(*model))  // dropout off: nobody else draws PyTorch's masks
        if (auto* dropout = dynamic_cast<Dropout*>(module)) dropout->options.p = 0;
    return model;
}

Tensor images(const Net& net, int step) {
    return numbers(net.name + "/x" + std::to_string(step), {net.batch, net.image[0], net.image[1], net.image[2]});
}

Scalar train_step(const Net& net, Module& model, SGD& sgd, int step) {
    Tape tape;
    const Var loss = cross_entropy(model(images(net, step)), make_labels(net.batch, 10, step));
    tape.backward(loss);
    sgd.step();
    return loss.value().item();
}

// "0.0.weight (32,1,3,3)", one line for each tensor.
std::string tensor_list(Module& model) {
    std::string list;
    for (const auto& [name, tensor] : state_dict(model).tensors)
        list += (list.empty() ? "" : "\n") + name + " " + tensor->shape().text();
    return list;
}

// How far the sampled parameters have moved, all in one.
struct Moves {
    std::vector<Scalar> ours, theirs;
    void add(const std::vector<Scalar>& start, const std::vector<Scalar>& our_end,
             const std::vector<Scalar>& their_end) {
        for (std::size_t i = 0; i < start.size(); ++i) {
            ours.push_back(our_end[i] - start[i]);
            theirs.push_back(their_end[i] - start[i]);
        }
    }
};

const Net& net_named(const std::string& name) {
    return *std::find_if(kNets.begin(), kNets.end(), [&](const Net& net) { return net.name == name; });
}

void check_ten_steps(const std::string& name_of_net) {
    const Net& net = net_named(name_of_net);
    Fixture pytorch(net.name);
    const auto model = make_initial(net);

    SGD sgd(parameters(*model), {.lr = net.lr, .momentum = 0.9, .weight_decay = 5e-4});
    int step = 0;
    for (const Scalar expected : pytorch.take("losses").values()) {
        INFO("loss of step " << step);
        CHECK(relative_error({train_step(net, *model, sgd, step++)}, {expected}) < kLossTolerance);
    }
    Moves moves;
    for (const auto& [name, tensor] : state_dict(*model).tensors) {
        INFO(name);
        const std::vector<Scalar> ours = sample(*tensor), theirs = pytorch.take("final/" + name).values();
        CHECK(relative_error(ours, theirs) < kStateTolerance);
        if (!contains(name, "running"))
            moves.add(sample(initial(net.name + "/" + name, tensor->shape())), ours, theirs);
    }
    CHECK(relative_error(moves.ours, moves.theirs) < kMovesTolerance);
    for (const auto& [name, counter] : state_dict(*model).counters)
        CHECK(*counter == pytorch.take_counter("final/" + name));
    model->eval();
    CHECK(relative_error((*model)(images(net, 10)).value(), pytorch.take("logits")) < kStateTolerance);
    CHECK(pytorch.left() == std::set<std::string>{});
}

std::filesystem::path exchange_file(const std::string& name) {
    const char* folder = std::getenv("NORMLAB_EXCHANGE");
    return std::filesystem::path(folder == nullptr ? "." : folder) / (name + ".safetensors");
}

}  // namespace

TEST_CASE("nets have PyTorch's names, shapes and parameter counts", "[pytorch]") {
    for (const Net& net : kNets) {
        INFO(net.name);
        const auto model = make(net);
        CHECK(tensor_list(*model) == Fixture(net.name).metadata("tensors"));
        CHECK(count_parameters(*model) == net.parameters);
    }
}

// One test for each, so that they run side by side: under an emulator one takes minutes.
TEST_CASE("ten steps of lenet have PyTorch's losses and parameters", "[pytorch]") {
    check_ten_steps("lenet");
}
TEST_CASE("ten steps of vgg have PyTorch's losses and parameters", "[pytorch]") {
    check_ten_steps("vgg");
}
TEST_CASE("ten steps of resnet9 have PyTorch's losses and parameters", "[pytorch]") {
    check_ten_steps("resnet9");
}
TEST_CASE("ten steps of resnet20 have PyTorch's losses and parameters", "[pytorch]") {
    check_ten_steps("resnet20");
}
TEST_CASE("ten steps of resnet20 with group norm have PyTorch's losses and parameters", "[pytorch]") {
    check_ten_steps("resnet20_group");
}
TEST_CASE("ten steps of resnet20 with layer norm have PyTorch's losses and parameters", "[pytorch]") {
    check_ten_steps("resnet20_layer");
}
TEST_CASE("ten steps of resnet20 with instance norm have PyTorch's losses and parameters", "[pytorch]") {
    check_ten_steps("resnet20_instance");
}

// These two are run by hand, before and after fixtures/check_with_pytorch.py.
TEST_CASE("state files are written for PyTorch", "[.exchange]") {
    for (const Net& net : kNets) {
        const auto model = make_initial(net);
        SGD sgd(parameters(*model), {.lr = 0.001});
        train_step(net, *model, sgd, 0);
        model->eval();
        write_safetensors(exchange_file(net.name), state_of(*model));
        const Tensor logits = (*model)(images(net, 2)).value();
        write_safetensors(exchange_file(net.name + ".logits"), {.tensors = {{"logits", logits}}});
    }
}

TEST_CASE("state files that PyTorch wrote are read", "[.exchange]") {
    for (const Net& net : kNets) {
        INFO(net.name);
        const auto model = make(net);
        load_state(*model, read_safetensors(exchange_file(net.name + ".pytorch")));
        model->eval();
        const Tensor expected = read_safetensors(exchange_file(net.name + ".pytorch.logits")).tensors.at(0).tensor;
        CHECK(relative_error((*model)(images(net, 2)).value(), expected) < 1e-5);
    }
}
