// What a training run shows: a line for each epoch, and on a terminal a bar below them that is redrawn in place.
//
//   epoch  1/10  loss 0.4321  acc 86.12 %  test loss 0.1234  acc 96.40 %  0:03
//   epoch 2/10 [=======>      ] loss 0.1290  acc 95.87 %  9120 images/s  0:27 left
//
// Where there is no terminal the lines end with the time left, and within a long epoch there is one now and then.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

#include "lab/run/observer.h"

namespace normlab {

std::string epoch_line(const EpochMetrics& metrics, const TrainConfig& train);
// At most `columns` wide: if room is short the bar goes first, then the speed, the accuracy, the loss.
std::string progress_bar(const Progress& progress, std::size_t columns);

// Lines that are redrawn in place, at most ten times a second, and only on a terminal.
class StatusLines {
  public:
    StatusLines(std::ostream& out, int file);  // `file` is the descriptor of `out`
    ~StatusLines() { clear(); }
    StatusLines(const StatusLines&) = delete;
    StatusLines& operator=(const StatusLines&) = delete;

    bool on_terminal() const { return terminal_; }
    bool is_due() const;
    std::size_t columns() const;  // the room there is
    std::size_t rows() const;
    void draw(const std::vector<std::string>& lines);
    void clear();

  private:
    using Clock = std::chrono::steady_clock;
    std::ostream& out_;
    int file_;
    bool terminal_;
    std::size_t drawn_ = 0;  // lines; the cursor is in the last of them
    Clock::time_point last_{};
};

class TrainingDisplay : public Observer {
  public:
    // Without a terminal no more than `silence` passes between two lines.
    TrainingDisplay(std::ostream& out, int file, const TrainConfig& train,
                    std::chrono::seconds silence = std::chrono::minutes(1))
        : out_(out), line_(out, file), train_(train), silence_(silence) {}
    void message(const std::string& text) override;
    void step(const Progress& progress) override;
    void epoch(const EpochMetrics& metrics, const Model&, const ImageSet&, const Evaluation&) override;

  private:
    using Clock = std::chrono::steady_clock;
    void print(const std::string& line);
    std::ostream& out_;
    StatusLines line_;
    TrainConfig train_;
    std::chrono::seconds silence_;
    Clock::time_point printed_ = Clock::now();  // the last line
    double seconds_left_ = 0;                   // after the last step
};

}  // namespace normlab
