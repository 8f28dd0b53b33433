#include "lab/run/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>

#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr std::size_t kShortestBar = 8;
constexpr std::chrono::milliseconds kBetweenDrawings(100);

bool can_redraw(int file) {
    const char* terminal = std::getenv("TERM");
    return ::isatty(file) == 1 && terminal != nullptr && std::string(terminal) != "dumb";
}

winsize size_of(int terminal) {
    winsize size{};
    const bool known = ::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 && size.ws_row > 0;
    if (!known) size.ws_col = 80, size.ws_row = 24;
    return size;
}

// " [=====>     ] ", `columns` wide in all.
std::string bar(double fraction, std::size_t columns) {
    const std::size_t room = columns - 4;
    const auto done = static_cast<std::size_t>(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(room));
    std::string inside(done, '=');
    if (done < room) inside += '>';
    return " [" + padded(inside, room) + "] ";
}

constexpr std::size_t kStepColumns = 6;

// "epoch  3/10", "step  150/2000", "step    150"
std::string place_of(const EpochMetrics& m, const TrainConfig& train) {
    const auto of = [](Index done, Index all) {
        const std::string last = std::to_string(all);
        return padded(std::to_string(done), last.size(), Table::Align::right) + "/" + last;
    };
    if (train.steps) return "step " + of(m.step, *train.steps);
    if (train.test_every) return "step " + padded(std::to_string(m.step), kStepColumns, Table::Align::right);
    return "epoch " + of(m.epoch, train.epochs);
}

std::string place_of(const Progress& p) {
    return p.epochs > 0 ? "epoch " + std::to_string(p.epoch) + "/" + std::to_string(p.epochs)
                        : "step " + std::to_string(p.step) + "/" + std::to_string(p.steps);
}

std::vector<std::string> parts_of(const Progress& p) {
    return {"loss " + fixed(p.loss, 4), "acc " + percent(p.accuracy), fixed(p.images_per_s, 0) + " images/s"};
}

std::string time_left(double seconds) {
    return duration(seconds) + " left";
}

// "epoch 3/10, step 94/188  loss 0.1234  acc 96.12 %  12345 images/s  1:23 left"
std::string progress_line(const Progress& p) {
    std::string line = place_of(p);
    if (p.epochs > 0) line += ", step " + std::to_string(p.step) + "/" + std::to_string(p.steps);
    for (const std::string& part : parts_of(p)) line += "  " + part;
    return line + "  " + time_left(p.seconds_left);
}

}  // namespace

std::string epoch_line(const EpochMetrics& m, const TrainConfig& train) {
    return place_of(m, train) + "  loss " + fixed(m.train_loss, 4) + "  acc " + percent(m.train_accuracy) +
           (m.validation ? "  val loss " : "  test loss ") + fixed(m.judged().loss, 4) + "  acc " +
           percent(m.judged().accuracy) + "  " + duration(m.seconds);
}

std::string progress_bar(const Progress& p, std::size_t columns) {
    const std::string epoch = place_of(p), left = time_left(p.seconds_left);
    // What is shown between the two; the last part is dropped first.
    std::vector<std::string> parts = parts_of(p);
    const auto text = [&] {
        std::string all;
        for (const std::string& part : parts) all += part + "  ";
        return all + left;
    };
    while (!parts.empty() && display_width(epoch) + 2 + display_width(text()) > columns) parts.pop_back();
    const std::size_t used = display_width(epoch) + display_width(text());
    if (used + 4 + kShortestBar > columns) return shortened(epoch + "  " + text(), columns);
    const double fraction = p.steps > 0 ? static_cast<double>(p.step) / static_cast<double>(p.steps) : 0;
    return epoch + bar(fraction, columns - used) + text();
}

StatusLines::StatusLines(std::ostream& out, int file) : out_(out), file_(file), terminal_(can_redraw(file)) {}

bool StatusLines::is_due() const {
    return terminal_ && Clock::now() - last_ >= kBetweenDrawings;
}

std::size_t StatusLines::columns() const {
    return size_of(file_).ws_col - 1u;  // some terminals wrap at the last column
}

std::size_t StatusLines::rows() const {
    return size_of(file_).ws_row;
}

void StatusLines::draw(const std::vector<std::string>& lines) {
    if (!terminal_) return;
    clear();
    for (std::size_t i = 0; i < lines.size(); ++i) out_ << (i == 0 ? "\r" : "\n") << shortened(lines[i], columns());
    out_ << std::flush;
    drawn_ = lines.size();
    last_ = Clock::now();
}

void StatusLines::clear() {
    if (drawn_ > 1) out_ << "\033[" << drawn_ - 1 << 'A';
    if (drawn_ > 0) out_ << "\r\033[J" << std::flush;
    drawn_ = 0;
}

void TrainingDisplay::print(const std::string& line) {
    line_.clear();
    out_ << line << std::endl;  // flushed: the reader of a pipe wants to see it now
    printed_ = Clock::now();
}

void TrainingDisplay::message(const std::string& text) {
    print(text);
}

void TrainingDisplay::step(const Progress& progress) {
    seconds_left_ = progress.seconds_left;
    if (line_.is_due()) line_.draw({progress_bar(progress, line_.columns())});
    if (!line_.on_terminal() && Clock::now() - printed_ >= silence_) print(progress_line(progress));
}

void TrainingDisplay::epoch(const EpochMetrics& metrics, const Model&, const ImageSet&, const Evaluation&) {
    const bool tell_left = !line_.on_terminal() && seconds_left_ > 0;
    print(epoch_line(metrics, train_) + (tell_left ? "  " + time_left(seconds_left_) : ""));
}

}  // namespace normlab
