/** Call signalling in the modern dialect: everybody is a user_id. */

export function modernFrames(user) {
  const about = (call) => ({
    conversation_id: call.conversation,
    from_user_id: user.user_id,
    to_user_id: call.peer.user_id,
  });
  return {
    peerOf: (conversation) => conversation.other,
    callerOf: (frame) => ({ user_id: frame.from_user_id }),
    invitation: (call, offer) => ({
      type: "call_invitation",
      call_type: call.type,
      ...about(call),
      from_name: user.name,
      from_avatar: user.avatar,
      offer,
    }),
    answer: (call, answer) => ({ type: "call_answer", ...about(call), answer }),
    candidate: (call, candidate) => ({ type: "ice_candidate", ...about(call), candidate }),
    declined: (call) => ({ type: "call_declined", ...about(call) }),
    cancelled: (call) => ({ type: "call_cancelled", ...about(call), call_type: call.type }),
    ended: (call) => ({ type: "call_ended", ...about(call), call_type: call.type }),
  };
}
