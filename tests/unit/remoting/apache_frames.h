// Frames as Apache's own code makes them: what RemotingCommand.encode() of its 4.9.7 jars returned for the
// same command in each serialization.
#pragma once

#include <string_view>

namespace gantry::remoting {

struct ApacheFrame {
  std::string_view json_words;  // hex: the two length words
  std::string_view json_header;
  std::string_view binary_words;   // hex
  std::string_view binary_header;  // hex
  std::string_view body;
};

inline constexpr ApacheFrame kRoute{
    "00000084 00000080",
    R"({"code":105,"extFields":{"topic":"TopicA"},"flag":0,"language":"JAVA","opaque":1,"serializeTypeCurrentRPC":"JSON","version":409})",
    "0000002a 01000026", "0069000199000000010000000000000000000000110005746f70696300000006546f70696341", ""};

inline constexpr ApacheFrame kSend{
    "00000143 0000013a",
    R"({"code":310,"extFields":{"a":"pg","b":"TopicA","c":"TBW102","d":"4","e":"3","f":"0","g":"1700000000000","h":"0","i":"TAGS\u0001TagA\u0002KEYS\u0001\"a\\b中😀\n\t\r\b\f\u000B/'\u0002","j":"0","k":"false","l":"16","m":"false"},"flag":0,"language":"JAVA","opaque":-2,"serializeTypeCurrentRPC":"JSON","version":409})",
    "000000c8 010000bf",
    "0136000199fffffffe0000000000000000000000aa00016100000002706700016200000006546f706963410001630000"
    "00065442573130320001640000000134000165000000013300016600000001300001670000000d313730303030303030"
    "30303030000168000000013000016900000023544147530154616741024b4559530122615c62e4b8adf09f98800a090d"
    "080c0b2f270200016a000000013000016b0000000566616c736500016c00000002313600016d0000000566616c7365",
    "hello"};

inline constexpr ApacheFrame kPull{
    "0000015c 00000158",
    R"({"code":11,"extFields":{"queueId":"3","maxMsgNums":"32","sysFlag":"6","suspendTimeoutMillis":"15000","commitOffset":"0","topic":"TopicA","queueOffset":"7","expressionType":"TAG","subscription":"TagA || TagB","subVersion":"1700000000000","consumerGroup":"cg"},"flag":0,"language":"JAVA","opaque":3,"serializeTypeCurrentRPC":"JSON","version":409})",
    "00000103 010000ff",
    "000b000199000000030000000000000000000000ea0007717565756549640000000133000a6d61784d73674e756d7300"
    "00000233320007737973466c61670000000136001473757370656e6454696d656f75744d696c6c697300000005313530"
    "3030000c636f6d6d69744f666673657400000001300005746f70696300000006546f70696341000b71756575654f6666"
    "7365740000000137000e65787072657373696f6e5479706500000003544147000c737562736372697074696f6e000000"
    "0c54616741207c7c2054616742000a73756256657273696f6e0000000d31373030303030303030303030000d636f6e73"
    "756d657247726f7570000000026367",
    ""};

inline constexpr ApacheFrame kRegister{
    "0000012b 00000127",
    R"({"code":103,"extFields":{"brokerId":"0","bodyCrc32":"907060870","clusterName":"DefaultCluster","brokerAddr":"192.168.1.10:10911","haServerAddr":"192.168.1.10:10912","compressed":"true","brokerName":"broker-a"},"flag":0,"language":"JAVA","opaque":4,"serializeTypeCurrentRPC":"JSON","version":409})",
    "000000d1 010000cd",
    "0067000199000000040000000000000000000000b8000862726f6b6572496400000001300009626f6479437263333200"
    "000009393037303630383730000b636c75737465724e616d650000000e44656661756c74436c7573746572000a62726f"
    "6b657241646472000000123139322e3136382e312e31303a3130393131000c6861536572766572416464720000001231"
    "39322e3136382e312e31303a3130393132000a636f6d707265737365640000000474727565000a62726f6b65724e616d"
    "650000000862726f6b65722d61",
    ""};

inline constexpr ApacheFrame kSent{
    "000000eb 000000e7",
    R"({"code":0,"extFields":{"queueId":"3","TRACE_ON":"true","MSG_REGION":"DefaultRegion","msgId":"C0A8010A00002A9F0000000000001000","queueOffset":"7"},"flag":1,"language":"JAVA","opaque":5,"serializeTypeCurrentRPC":"JSON","version":409})",
    "00000093 0100008f",
    "00000001990000000500000001000000000000007a0007717565756549640000000133000854524143455f4f4e000000"
    "0474727565000a4d53475f524547494f4e0000000d44656661756c74526567696f6e00056d7367496400000020433041"
    "3830313041303030303241394630303030303030303030303031303030000b71756575654f66667365740000000137",
    ""};

inline constexpr ApacheFrame kRefused{
    "000000b1 000000ad",
    R"({"code":17,"flag":1,"language":"JAVA","opaque":6,"remark":"No topic route info in name server for the topic: 中\nSee \"x\".","serializeTypeCurrentRPC":"JSON","version":409})",
    "00000057 01000053",
    "001100019900000006000000010000003e4e6f20746f70696320726f75746520696e666f20696e206e616d6520736572"
    "76657220666f722074686520746f7069633a20e4b8ad0a536565202278222e00000000",
    ""};

inline constexpr ApacheFrame kRegistered{
    "00000072 0000006e",
    R"({"code":0,"extFields":{},"flag":1,"language":"JAVA","opaque":7,"serializeTypeCurrentRPC":"JSON","version":409})",
    "00000019 01000015", "000000019900000007000000010000000000000000", ""};

inline constexpr ApacheFrame kCommit{
    "000000b8 000000b4",
    R"({"code":15,"extFields":{"queueId":"0","commitOffset":"-1","topic":"TopicA","consumerGroup":"cg"},"flag":2,"language":"GO","opaque":8,"serializeTypeCurrentRPC":"JSON","version":409})",
    "00000061 0100005d",
    "000f090199000000080000000200000000000000480007717565756549640000000130000c636f6d6d69744f66667365"
    "74000000022d310005746f70696300000006546f70696341000d636f6e73756d657247726f7570000000026367",
    ""};

inline constexpr ApacheFrame kHeartbeat{
    "00000070 0000006a",
    R"({"code":34,"flag":0,"language":"OTHER","opaque":2147483647,"serializeTypeCurrentRPC":"JSON","version":409})",
    "0000001b 01000015", "00220701997fffffff000000000000000000000000", "{}"};

inline constexpr const ApacheFrame* kApacheFrames[] = {&kRoute,   &kSend,       &kPull,   &kRegister, &kSent,
                                                       &kRefused, &kRegistered, &kCommit, &kHeartbeat};

}  // namespace gantry::remoting
