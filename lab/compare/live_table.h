// What a comparison shows while it runs: on a terminal a table of its variants that is redrawn in place, elsewhere a
// line for each run that ends.
//
//   variant      runs  epoch    loss  accuracy                  left
//   batch         3/3           0.0912  97.31 ± 0.42 %
//   group         1/3    2/4    0.4312  86.12 %                 0:07
//   none          1/3           diverged at step 312
//   run 8 of 9: norm=group,seed=2, 0:31 left of all
#pragma once

#include <iosfwd>
#include <map>

#include "lab/compare/results.h"
#include "lab/compare/run_all.h"
#include "lab/compare/time_left.h"
#include "lab/run/progress.h"
#include "lab/text/table.h"

namespace normlab {

// The table and what is below it, in at most `most_lines`: of a long table the part around the first current run. Long
// names are folded to fit into that many columns.
std::vector<std::string> live_lines(const Comparison& comparison, const RunsNow& now, std::size_t most_lines,
                                    std::size_t columns);

// The results: final accuracy, speed and memory.
Table result_table(const Results& results);

// "[ 3/12] norm=group,seed=1  test loss 0.1234  acc 97.12 %  0:12, 1:48 left": the time of the run, and of all others
std::string ended_line(const Comparison& comparison, std::size_t run);

class LiveTable : public ComparisonObserver {
  public:
    LiveTable(std::ostream& out, int file) : out_(out), lines_(out, file) {}
    void message(const std::string& text) override;
    void begin(const Comparison&) override;
    void step(const Comparison& comparison, std::size_t run, const Progress& progress) override;
    void ended(const Comparison& comparison, std::size_t run) override;

  private:
    void print(const std::string& line);
    std::ostream& out_;
    StatusLines lines_;
    RunsNow now_;
};

}  // namespace normlab
