// SPDX-License-Identifier: Apache-2.0
#include "sim/model/replay_check.h"

namespace lockarb {

ReplayCheck::ReplayCheck() : model_(ArbiterModel::create({true, TraceKind::kNone})) {
  records_.reserve(kPortion);
}

void ReplayCheck::transfer(const Transfer &transfer, const Answer &answer) {
  ++transfers_;
  records_.push_back({transfer, answer, std::nullopt});
  if (records_.size() == kPortion) replay();
}

void ReplayCheck::flip(uint64_t cycle, const RamBit &at) {
  Transfer when{};
  when.start = cycle;
  records_.push_back({when, Answer{}, at});
}

void ReplayCheck::finish(uint64_t cycle) {
  replay();
  model_->advance(cycle);
  replayed_.insert(replayed_.end(), model_->edges.begin(), model_->edges.end());
  model_->edges.clear();
  compare_edges(true);
}

void ReplayCheck::replay() {
  for (const Record &record : records_) {
    if (record.flip) {
      model_->advance(record.transfer.start);
      model_->flip(*record.flip);
      continue;
    }
    const Answer answer = model_->transfer(record.transfer);
    if (answer.start != record.answer.start || answer.end != record.answer.end ||
        answer.data != record.answer.data || answer.response != record.answer.response) {
      ++mismatches_;
    }
  }
  records_.clear();
  replayed_.insert(replayed_.end(), model_->edges.begin(), model_->edges.end());
  model_->edges.clear();
  compare_edges(false);
}

void ReplayCheck::compare_edges(bool all) {
  while (!edges_.empty() && !replayed_.empty()) {
    const InterruptEdge &was = edges_.front();
    const InterruptEdge &is = replayed_.front();
    if (was.cycle != is.cycle || was.lines != is.lines) ++mismatches_;
    ++edge_count_;
    edges_.pop_front();
    replayed_.pop_front();
  }
  if (all) {
    mismatches_ += edges_.size() + replayed_.size();
    edges_.clear();
    replayed_.clear();
  }
}

}  // namespace lockarb
