// Transactions: the end of one, the broker's question about it, and its resumption by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

struct EndTransactionRequestHeader {
  std::string_view producer_group;
  std::int64_t tran_state_table_offset = 0;  // of the half message in its queue
  std::int64_t commit_log_offset = 0;        // of the half message
  std::int32_t commit_or_rollback = 0;       // the sysFlag bits: 0 unknown, 8 commit, 12 rollback
  bool from_transaction_check = false;       // this answers CHECK_TRANSACTION_STATE
  std::string_view msg_id;
  std::optional<std::string_view> transaction_id = {};

  static constexpr void wire(auto& h, auto&& field) {
    field("producerGroup", h.producer_group);
    field("tranStateTableOffset", h.tran_state_table_offset);
    field("commitLogOffset", h.commit_log_offset);
    field("commitOrRollback", h.commit_or_rollback);
    field("fromTransactionCheck", h.from_transaction_check, {.defaulted = true});
    field("msgId", h.msg_id);
    field("transactionId", h.transaction_id);
  }
};

// Broker to producer, one-way.
struct CheckTransactionStateRequestHeader {
  std::int64_t tran_state_table_offset = 0;
  std::int64_t commit_log_offset = 0;
  std::optional<std::string_view> msg_id = {};
  std::optional<std::string_view> transaction_id = {};
  std::optional<std::string_view> offset_msg_id = {};

  static constexpr void wire(auto& h, auto&& field) {
    field("tranStateTableOffset", h.tran_state_table_offset);
    field("commitLogOffset", h.commit_log_offset);
    field("msgId", h.msg_id);
    field("transactionId", h.transaction_id);
    field("offsetMsgId", h.offset_msg_id);
  }
};

struct ResumeCheckHalfMessageRequestHeader {
  std::optional<std::string_view> msg_id = {};  // the offset id

  static constexpr void wire(auto& h, auto&& field) { field("msgId", h.msg_id); }
};

}  // namespace gantry::remoting
