// A module: a function with parameters (learned), buffers (kept, not learned) and two states, training and frozen.
//
// A module says what it holds in one place, members(): everything else (names, modes, saving, loading, freezing,
// counting) is a walk over that list. Names are PyTorch's: "layer1.0.conv1.weight". What a module learns and does not
// report is an error when it is called with a tape in scope.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/tape.h"

namespace normlab {

class Module;

// What members() reports to. Each function gets the name within the module and the thing itself.
class Members {
  public:
    virtual ~Members() = default;
    virtual void parameter(const std::string&, Var&) {}
    virtual void buffer(const std::string&, Tensor&) {}
    virtual void counter(const std::string&, std::int64_t&) {}  // an integer buffer
    virtual void child(const std::string&, Module&) {}
};

class Module {
  public:
    Module() = default;
    virtual ~Module() = default;
    Module(Module&&) = default;
    Module& operator=(Module&&) = default;

    virtual Var forward(const Var& x) = 0;
    Var operator()(const Var& x);  // forward, and a ForwardListener hears of it
    virtual void members(Members&) {}
    virtual std::string kind() const = 0;           // "Conv2d"
    virtual bool is_norm() const { return false; }  // a layer that normalizes, whatever it is called

    // Draws the parameters that this module itself holds; `name` tells its stream of random numbers apart.
    virtual void reset_parameters(std::uint64_t /*seed*/, const std::string& /*name*/) {}
    // Gives a module that draws while training (dropout) its seed and its place in the sequence of steps.
    virtual void reset_random(std::uint64_t /*seed*/, const std::string& /*name*/, std::uint64_t /*step*/) {}
    // Tells a module whose work changes in the course of a run how much of it is done, from 0 to 1.
    virtual void progress_changed(double /*progress*/) {}
    virtual void mode_changed() {}  // after train(), eval(), freeze(), unfreeze()

    // The modes of this module and all below it.
    void train() { set_training(true); }
    void eval() { set_training(false); }
    // A frozen module computes as in eval() and learns nothing: its parameters get no gradient, its running statistics
    // stand still. It stays so through train(), until unfreeze().
    void freeze() { set_frozen(true); }
    void unfreeze() { set_frozen(false); }
    bool training() const { return training_ && !frozen_; }
    bool frozen() const { return frozen_; }

  private:
    void set_training(bool on);
    void set_frozen(bool on);
    bool training_ = true;
    bool frozen_ = false;
};

// Hears what every module makes of its input: while one is in scope, each module that is called on this thread reports
// both, the modules inside before the one around them. Without one nothing happens.
//   ForwardListener shapes([](Module& module, const Var& x, const Var& y) { std::cout << x.shape() << y.shape(); });
class ForwardListener {
  public:
    using Heard = std::function<void(Module& module, const Var& x, const Var& y)>;
    explicit ForwardListener(Heard heard);  // on this thread; one made later takes over until it ends
    ~ForwardListener();
    ForwardListener(const ForwardListener&) = delete;
    ForwardListener& operator=(const ForwardListener&) = delete;

  private:
    friend class Module;
    Heard heard_;
    static inline thread_local std::vector<ForwardListener*> in_scope_;  // the newest last
};

// The modules at and below `root`, parents first, with their names ("" is the root itself).
struct NamedModule {
    std::string name;
    Module* module;
};
std::vector<NamedModule> modules(Module& root);

struct NamedParameter {
    std::string name;
    Var parameter;
    Module* owner;
};
std::vector<NamedParameter> parameters(Module& root);
Index count_parameters(Module& root);

// Draws every parameter below `root` anew. The number that a weight starts with is a function of the seed, its module's
// name and its position: models that share a name and a shape share these weights, whatever surrounds them.
void initialize(Module& root, std::uint64_t seed);
// Likewise for what is drawn during training: from now on dropout is at this step.
void seed_training(Module& root, std::uint64_t seed, std::uint64_t step = 0);
// Tells all modules below `root` how much of the run is done, from 0 to 1. A run says so before each step; a module
// that is never told computes as at the end of a run.
void tell_progress(Module& root, double progress);

// A line for each layer: its name, its kind, and the parameters that it has itself. `normlab summary` says more.
std::ostream& operator<<(std::ostream& out, Module& root);

// "conv1" below "layer1.0" is "layer1.0.conv1".
std::string join_names(const std::string& prefix, const std::string& name);

}  // namespace normlab
