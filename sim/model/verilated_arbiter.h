// SPDX-License-Identifier: Apache-2.0
// The Verilated arbiter of one size and one kind of waveform, as an ArbiterModel. For the files
// that know Verilator: the headers of the model (Vname.h, Vname___024root.h) must be included
// before.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "sim/model/arbiter_model.h"
#include "sim/model/verilated_rams.h"
#include "sim/observe/fst_files.h"
#include "verilated_fst_c.h"
#include "verilated_vcd_c.h"

namespace lockarb {

constexpr unsigned kResetClocks = 2;
// The reset sweep is one clock per lock; nothing else lasts longer than a few clocks.
constexpr uint64_t kLongestAnswer = 100000;
// AxPROT: secure, data, privileged or not.
inline uint8_t protection(const Transfer &transfer) { return transfer.privileged ? 1 : 0; }

// The waveform in the making, on an OutputFile: Verilator's writers check too little themselves.
class FstTrace {
 public:
  explicit FstTrace(OutputFile *file) : files_(file) {}

  VerilatedFstC &writer() { return writer_; }
  void open() { writer_.open(FstFiles::kFstName); }
  void close() {
    writer_.close();
    files_.erase_date();
  }

 private:
  FstFiles files_;
  VerilatedFstC writer_;
};

class VcdTrace {
 public:
  explicit VcdTrace(OutputFile *file) : file_(file) {}

  VerilatedVcdC &writer() { return writer_; }
  void open() { writer_.open("lockarb.vcd"); }
  void close() { writer_.close(); }

 private:
  struct File final : VerilatedVcdFile {
    explicit File(OutputFile *output) : output_(*output) {}
    bool open(const std::string &) override { return true; }
    void close() override {}
    // What was not written counts as written: the writer would try for ever.
    ssize_t write(const char *bytes, ssize_t size) override {
      output_.write(bytes, static_cast<std::size_t>(size));
      return size;
    }
    OutputFile &output_;
  };

  File file_;
  VerilatedVcdC writer_{&file_};
};

// Of a model that records none.
struct NoTrace {
  struct Writer {
    void dump(uint64_t) {}
  };

  explicit NoTrace(OutputFile *) {}

  Writer writer() { return {}; }
  void open() {}
  void close() {}
};

template <class Top, class Trace>
class VerilatedArbiter final : public ArbiterModel {
 public:
  explicit VerilatedArbiter(bool every_clock) : every_clock_(every_clock) {
    context_.traceEverOn(true);
    top_.rst_ni = 0;
    top_.s_axil_rready = 1;  // the bus takes an answer in the clock in which it comes
    top_.s_axil_bready = 1;
    top_.clk_i = 1;
    top_.eval();
  }

  ~VerilatedArbiter() override {
    close_trace();
    top_.final();
    // A model's scopes leave the context of the thread, which another model may have set and ended.
    Verilated::threadContextp(&context_);
  }

  void open_trace(OutputFile *file, uint64_t from, uint64_t to) override {
    file_ = file;
    trace_.emplace(file);
    if constexpr (!std::is_same_v<Trace, NoTrace>) {
      trace_->writer().set_time_unit("1ns");
      trace_->writer().set_time_resolution("1ns");
      top_.trace(&trace_->writer(), 99);
      top_.rootp->lockarb__DOT__u_view__DOT__recording_q = 1;
    }
    trace_->open();
    from_ = from;
    to_ = to;
  }

  void close_trace() override {
    if (!trace_) return;
    if (cycle_ > from_ && cycle_ <= to_) trace_->writer().dump(cycle_ * kClockNanoseconds);
    trace_->close();
    trace_.reset();
    if constexpr (!std::is_same_v<Trace, NoTrace>)
      top_.rootp->lockarb__DOT__u_view__DOT__recording_q = 0;
    from_ = to_ = kNever;
  }

  Answer transfer(const Transfer &transfer) override {
    advance(std::max<uint64_t>(transfer.start, kResetClocks));
    return transfer.write ? write(transfer) : read(transfer);
  }

  void advance(uint64_t cycle) override {
    while (cycle_ < cycle) {
      if (must_evaluate()) {
        const bool may_change = busy_;
        const std::size_t before = edges.size();
        first_half();
        second_half();
        if (!may_change && edges.size() != before) {
          throw std::logic_error(
              fmt::format("arbiter: irq_o changed in clock {} although busy_o was low", cycle_));
        }
      } else {
        cycle_ = cycle_ < from_ ? std::min(cycle, from_) : cycle;
      }
    }
  }

  void advance_while_busy(uint64_t cycle) override {
    const std::size_t before = edges.size();
    while (busy_ && cycle_ < cycle && edges.size() == before) {
      first_half();
      second_half();
    }
  }

  void flip(const RamBit &at) override {
    if constexpr (kHasRams<Top>) {
      flip_bit(top_, at);
    } else {
      throw std::runtime_error("no bit of the gate-level model can be flipped: --model rtl can");
    }
  }

 private:
  bool in_window() const { return cycle_ >= from_ && cycle_ < to_; }
  bool must_evaluate() const { return busy_ || every_clock_ || in_window(); }

  // A clock begins: its inputs are at the pins; afterwards the outputs are what the rising edge at
  // its end will see.
  void first_half() {
    top_.rst_ni = cycle_ >= kResetClocks;
    top_.time_i = cycle_;
    if (in_window()) {
      top_.eval();
      trace_->writer().dump(cycle_ * kClockNanoseconds);
    }
    top_.clk_i = 0;
    top_.eval();
    if (in_window()) trace_->writer().dump(cycle_ * kClockNanoseconds + kClockNanoseconds / 2);
  }

  // The rising edge that ends the clock.
  void second_half() {
    top_.clk_i = 1;
    top_.eval();
    ++cycle_;
    ++evaluated_;
    if (top_.irq_o != lines_) {
      lines_ = top_.irq_o;
      edges.push_back({cycle_, lines_});
    }
    busy_ = top_.busy_o || cycle_ < kResetClocks;
    if (cycle_ == to_ || (trace_ && file_->failed())) close_trace();
  }

  Answer read(const Transfer &transfer) {
    Answer answer{cycle_, 0, 0, Response::kOkay};
    top_.s_axil_araddr = transfer.address;
    top_.s_axil_arprot = protection(transfer);
    top_.s_axil_aruser = transfer.core;
    top_.s_axil_arvalid = 1;
    for (bool answered = false; !answered;) {
      first_half();
      const bool accepted = top_.s_axil_arready;
      if (top_.s_axil_rvalid) {
        answered = true;
        answer.data = top_.s_axil_rdata;
        answer.response = static_cast<Response>(top_.s_axil_rresp);
      }
      second_half();
      if (accepted) top_.s_axil_arvalid = 0;
      check_patience(answer.start, transfer);
    }
    answer.end = cycle_;
    return answer;
  }

  Answer write(const Transfer &transfer) {
    Answer answer{cycle_, 0, 0, Response::kOkay};
    top_.s_axil_awaddr = transfer.address;
    top_.s_axil_awprot = protection(transfer);
    top_.s_axil_awuser = transfer.core;
    top_.s_axil_awvalid = 1;
    top_.s_axil_wdata = transfer.data;
    top_.s_axil_wstrb = transfer.lanes;
    top_.s_axil_wvalid = 1;
    for (bool answered = false; !answered;) {
      first_half();
      const bool address_accepted = top_.s_axil_awready;
      const bool data_accepted = top_.s_axil_wready;
      if (top_.s_axil_bvalid) {
        answered = true;
        answer.response = static_cast<Response>(top_.s_axil_bresp);
      }
      second_half();
      if (address_accepted) top_.s_axil_awvalid = 0;
      if (data_accepted) top_.s_axil_wvalid = 0;
      check_patience(answer.start, transfer);
    }
    answer.end = cycle_;
    return answer;
  }

  void check_patience(uint64_t start, const Transfer &transfer) const {
    if (cycle_ - start <= kLongestAnswer) return;
    throw std::runtime_error(
        fmt::format("arbiter: no answer to a {} at {:#x} of core {} since clock {}",
                    transfer.write ? "write" : "read", transfer.address, transfer.core, start));
  }

  const bool every_clock_;
  VerilatedContext context_;
  Top top_{&context_};
  OutputFile *file_ = nullptr;
  std::optional<Trace> trace_;
  uint64_t from_ = kNever;  // window of the waveform
  uint64_t to_ = kNever;
};

}  // namespace lockarb
