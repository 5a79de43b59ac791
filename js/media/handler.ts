/**
 * What a call needs of media, and no more: descriptions made and applied. The default is
 * {@link PeerConnectionMedia}; an application with its own (a Worker, a test, a native shell) gives
 * a factory as `media.handler`.
 */

import type { MediaError } from "../errors.js";

/** Which media a call has. */
export interface MediaOptions {
  /** Send audio, from which device and how; false: only listen. True by default. */
  readonly audio?: boolean | MediaTrackConstraints;
  /** Send and receive video; false: there is none. False by default. */
  readonly video?: boolean | MediaTrackConstraints;
  /** Send these tracks instead of opening a device. They stay the application's: it stops them. */
  readonly stream?: MediaStream;
}

/** What the media layer is told of its call, and tells it. */
export interface MediaContext {
  /** Who called. */
  readonly direction: "incoming" | "outgoing";
  /** Which media the call is to have, as it was said last. */
  readonly options: MediaOptions;
  /** The remote stream has begun, or has another track. */
  onRemoteStream(stream: MediaStream): void;
  /** The media connection broke for good. */
  onFailure(error: MediaError): void;
  /**
   * What was negotiated cannot carry the media of the dialog that answered: the session has to be
   * offered anew. A re-INVITE follows, and with it {@link MediaHandler.createOffer}.
   */
  onRenegotiationNeeded(): void;
}

/** A description of the peer. */
export interface RemoteDescription {
  /** The description (RFC 8866). */
  readonly sdp: string;
  /** `preview`: an unreliable foretaste of the answer, `answer`: the answer. */
  readonly kind: "preview" | "answer";
  /** Whose: each fork of a call is a dialog of its own. */
  readonly dialog: number;
  /** This dialog is the one that was answered. Otherwise another may still be. */
  readonly commit: boolean;
}

/**
 * The media of one call. The calls to it never overlap: each waits for the one before. A rejected
 * promise should carry a {@link MediaError}; any other counts as `media-failed`.
 */
export interface MediaHandler {
  /** What we send, when it is known. */
  readonly localStream: MediaStream | undefined;
  /** What the peer sends, when it is known. */
  readonly remoteStream: MediaStream | undefined;
  /** The connection, when there is one: statistics, levels and tones are read and sent through it. */
  readonly peerConnection: RTCPeerConnection | undefined;
  /**
   * Makes an offer; devices are opened now. Resolves with the description.
   *
   * @param dialog - the dialog that it is for; absent for the offer of an INVITE, which is for all forks
   */
  createOffer(dialog: number | undefined): Promise<string>;
  /** Answers an offer of a dialog; devices are opened now, if the offer wants to hear us. */
  createAnswer(offer: string, dialog: number | undefined): Promise<string>;
  /** Applies the answer to our offer. */
  setRemote(description: RemoteDescription): Promise<void>;
  /** Our last offer, or the one that we answered, came to nothing: back to the state before. */
  rollback(dialog: number): Promise<void>;
  /** An early dialog ended; others go on. */
  endDialog(dialog: number): void;
  /**
   * The call was answered in this dialog: the early answer that it gave, if any, counts now, and
   * whatever was prepared for other dialogs can go.
   */
  commit(dialog: number): Promise<void>;
  /** From the next description on: do not receive and send silence or nothing (hold), or do so again. */
  hold(held: boolean): void;
  /** Gives devices and connection back. Must not throw. */
  close(): void;
}

/** Makes the media of one call; nothing may be opened yet. */
export type MediaHandlerFactory = (context: MediaContext) => MediaHandler;

/** The media settings of a user agent. */
export interface MediaSettings extends MediaOptions {
  /** STUN and TURN servers; none by default: nobody outside is asked without being named. */
  readonly iceServers?: readonly RTCIceServer[];
  /** `relay`: through TURN only, so that the peer never sees our address. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
  /** The time that gathering candidates may take, in ms. 1000 by default; ends at once when enough are there. */
  readonly iceGatheringTimeout?: number;
  /** The application's own media instead of {@link PeerConnectionMedia}. */
  readonly handler?: MediaHandlerFactory;
}
