// What random nets compute, for fixtures/differential.py, which draws the nets, runs this, and compares with PyTorch.
#include <cstdlib>

#include "framework/kernels/kernels.h"
#include "framework/state.h"
#include "framework/support/files.h"
#include "layers/factory.h"
#include "optim/sgd.h"
#include "tests/fixtures/fixture.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// One net of nets.json.
class RandomNet {
  public:
    explicit RandomNet(const Json& net)
        : name_(net.at("name").get<std::string>()),
          steps_(net.at("steps").get<int>()),
          classes_(net.at("classes").get<int>()),
          batch_(net.at("batch").get<Index>()),
          mean_(net.at("mean").get<double>()),
          smoothing_(net.at("smoothing").get<double>()) {
        const auto image = net.at("image").get<std::vector<Index>>();
        image_ = {image.at(0), image.at(1), image.at(2)};
        model_ = make_model(net.at("model"), image_, classes_);
        set_initial(name_, *model_);
    }

    // Some steps of SGD on the cross-entropy, then an evaluation without a tape, and one with the gradients.
    State computed() {
        for (int step = 0; step < steps_; ++step) {
            differentiate(step);
            const std::vector<NamedParameter> learned = parameters(*model_);
            if (!learned.empty()) SGD(learned, {.lr = 0.01}).step();
        }
        model_->eval();
        keep("evaluated", (*model_)(input(steps_)).value());
        for (NamedParameter& each : parameters(*model_)) each.parameter.clear_grad();
        differentiate(steps_ + 1);
        return found_;
    }

  private:
    Tensor input(int step) const {
        return numbers(name_ + "/x" + std::to_string(step), {batch_, image_[0], image_[1], image_[2]}, mean_, 3);
    }
    void keep(const std::string& name, const Tensor& tensor) { found_.tensors.push_back({name, tensor.clone()}); }

    void differentiate(int step) {
        const std::string at = std::to_string(step) + "/";
        const Var x = Var::parameter(input(step));
        Tape tape;
        const Var y = (*model_)(x);
        keep(at + "y", y.value());
        tape.backward(cross_entropy(y, make_labels(static_cast<int>(batch_), classes_, step), smoothing_));
        keep(at + "dx", x.grad());
        for (const NamedParameter& each : parameters(*model_))
            if (each.parameter.grad().defined()) keep(at + "gradient of " + each.name, each.parameter.grad());
        const StateDict all = state_dict(*model_);
        for (const auto& [name, tensor] : all.tensors)
            if (contains(name, "running_")) keep(at + name, *tensor);
        for (const auto& [name, counter] : all.counters) found_.counters.push_back({at + name, *counter});
    }

    std::string name_;
    int steps_, classes_;
    Index batch_;
    double mean_, smoothing_;
    Shape image_;
    std::unique_ptr<Module> model_;
    State found_;
};

}  // namespace

// Each net with one of the kernels that run here; what a net computes, or why it is refused, goes into a file.
TEST_CASE("random nets are computed for PyTorch", "[.exchange]") {
    const char* folder = std::getenv("NORMLAB_EXCHANGE");
    REQUIRE(folder != nullptr);
    const Json nets = Json::parse(read_file(std::filesystem::path(folder) / "nets.json"));
    for (std::size_t i = 0; i < nets.size(); ++i) {
        const Kernels& kernels = *runnable_kernels()[i % runnable_kernels().size()];
        const KernelsInUse in_use(kernels);
        const auto file = std::filesystem::path(folder) / (std::to_string(i) + "." + kernels.name);
        try {
            write_safetensors(file.string() + ".safetensors", RandomNet(nets[i]).computed());
        } catch (const Error& error) {
            replace_file(file.string() + ".error", error.what());
        }
    }
}
