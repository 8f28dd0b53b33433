// An instrument that finds no fault shows nothing: batch norms with a fault on purpose, measured as the engine's is.
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/verdict.h"
#include "tests/catch.h"

using namespace normlab;

namespace {

// Batch norm of one channel, written down by hand; the gradient through its mean can be forgotten.
//   dx = γ/s (dy − mean(dy) − x̂ mean(dy x̂))
class NormByHand : public Module {
  public:
    NormByHand(double eps, double gamma, bool through_mean) : eps_(eps), gamma_(gamma), through_mean_(through_mean) {}

    Var forward(const Var& x) override {
        const std::vector<Scalar> values = x.value().values();
        const double m = static_cast<double>(values.size());
        double mean = 0, variance = 0;
        for (const Scalar value : values) mean += value / m;
        for (const Scalar value : values) variance += (value - mean) * (value - mean) / m;
        const double s = std::sqrt(variance + eps_);
        std::vector<double> hat;
        Tensor y(x.shape());
        for (const Scalar value : values) {
            y.mutable_data()[hat.size()] = static_cast<Scalar>(gamma_ * (value - mean) / s);
            hat.push_back((value - mean) / s);
        }
        return Tape::record("norm_by_hand", y, {x}, [=, this, gx = x.gradient()](const Tensor& dy) {
            double of_mean = 0, of_deviation = 0;
            for (std::size_t i = 0; i < hat.size(); ++i)
                of_mean += dy.data()[i] / m, of_deviation += dy.data()[i] * hat[i] / m;
            if (!through_mean_) of_mean = 0;
            Tensor dx(dy.shape());
            for (std::size_t i = 0; i < hat.size(); ++i)
                dx.mutable_data()[i] =
                    static_cast<Scalar>(gamma_ / s * (dy.data()[i] - of_mean - hat[i] * of_deviation));
            gx.add(dx);
        });
    }
    std::string kind() const override { return "NormByHand"; }

  private:
    double eps_, gamma_;
    bool through_mean_;
};

std::vector<Check> checks_on(bool through_mean) {
    return jacobian_of([=](double eps, double gamma) { return std::make_unique<NormByHand>(eps, gamma, through_mean); })
        .checks;
}

}  // namespace

TEST_CASE("a batch norm whose backward forgets the mean contradicts the Jacobian, and nothing else does", "[claims]") {
    const std::vector<Check> sound = checks_on(true), faulty = checks_on(false);
    for (const int statement : {28, 29, 30}) {
        INFO(statement);
        CHECK(verdict_on(statement, sound) == Verdict::holds);
    }
    CHECK(verdict_on(28, faulty) == Verdict::contradicted);  // the Jacobian
    CHECK(verdict_on(30, faulty) == Verdict::contradicted);  // no gradient along 1 or x̂
    CHECK(verdict_on(29, faulty) == Verdict::holds);         // 1/σ: the fault leaves it alone
}
