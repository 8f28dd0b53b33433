// The tape by hand: y = w·x + b fitted to four points, first with the derivative worked out on paper, then by the tape.
#include <cmath>
#include <cstdio>

#include "normlab/framework/ops/linear.h"
#include "normlab/framework/ops/loss.h"

using namespace normlab;

int main() {
    const Tensor x = Tensor::of({4, 1}, {0, 1, 2, 3}), y = Tensor::of({4, 1}, {1, 3, 5, 7});  // y = 2x + 1
    Var w = Var::parameter(Tensor::of({1, 1}, {0})), b = Var::parameter(Tensor::of({1}, {0}));

    // On paper: L = Σ(w·x + b − y)²/4, so ∂L/∂w = Σ 2(w·x + b − y)·x/4.
    // At w = b = 0: −(0·1 + 1·3 + 2·5 + 3·7)·2/4 = −17.
    {
        Tape tape;  // every op in this scope leaves a record
        const Var loss = mse(linear(x, w, b), y);
        std::printf("loss %g, %zu records on the tape\n", static_cast<double>(loss.value().item()), tape.size());
        tape.backward(loss);  // walks them newest first
        std::printf("dL/dw %g (on paper -17), dL/db %g (on paper -8)\n", static_cast<double>(w.grad().item()),
                    static_cast<double>(b.grad().item()));
        if (w.grad().item() != -17 || b.grad().item() != -8) return 1;
    }

    for (int step = 0; step < 200; ++step) {
        w.clear_grad(), b.clear_grad();
        Tape tape;
        tape.backward(mse(linear(x, w, b), y));
        for (Var* parameter : {&w, &b}) *parameter->mutable_value().mutable_data() -= parameter->grad().item() / 10;
    }
    std::printf("after 200 steps: y = %.4f x + %.4f\n", static_cast<double>(w.value().item()),
                static_cast<double>(b.value().item()));
    return std::abs(w.value().item() - 2) < 1e-3 && std::abs(b.value().item() - 1) < 1e-3 ? 0 : 1;
}
