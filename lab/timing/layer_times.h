// Where the time of a step goes, layer by layer, and how close each comes to what the processor can do.
#pragma once

#include <string>
#include <vector>

#include "lab/timing/kernel_times.h"

namespace normlab {

// What all threads together can do with the kernels in use: the two sides of the roofline (Williams, Waterman,
// Patterson 2009). Work of F multiply-adds that moves B bytes takes at least max(F / multiply_adds, B / bytes) seconds.
struct Peaks {
    double multiply_adds = 0, bytes = 0;  // in a second
};
Peaks measure_peaks();  // takes a few tenths of a second

// What one layer does in one pass, over the steps.
struct LayerPass {
    std::string layer, pass;
    double ms = 0;                       // the median of the steps
    Index multiply_adds = 0, bytes = 0;  // of one step
    Index pieces = 0;                    // of its longest part
};

// Times the kernels of the steps made while this is in scope.
class LayerTimes {
  public:
    explicit LayerTimes(Module& root);

    void end_step(double ms);  // the step that has just ended, and its time
    void forget_step();        // it does not count

    // In the order of the model's layers; then the kernels outside of it, then the rest of the steps' time.
    std::vector<LayerPass> passes() const;

  private:
    struct Pass {
        std::size_t layer;  // in layers_
        std::string pass;
        std::vector<double> ms = {};  // of each step
        Index multiply_adds = 0, bytes = 0, pieces = 0;
        double pieces_ms = 0;
        void begin_step();
        void add(const KernelCall& call);
    };
    Pass& pass_of(const KernelCall& call);

    std::vector<NamedModule> layers_;
    KernelTimes times_;
    std::vector<Pass> passes_;  // in the order in which they come in a step
    std::vector<double> rest_;  // of each step: ms outside of the kernels
};

// How many times as fast on this many threads as on one these passes can be, timed with `threads` of them: a pass is
// done when the thread with the most of its pieces is. What is not cut into pieces stays as it is.
double most_speedup(const std::vector<LayerPass>& passes, Index threads, Index wanted);

// In 80 columns. Passes of less than 0.05 % of the time share a row.
std::string layer_table(const std::vector<LayerPass>& passes, const Peaks& peaks);

}  // namespace normlab
