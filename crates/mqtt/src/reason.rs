//! Why something is refused or ends, with the code of version 5.0 and what takes its place in 3.1.1. Closed lists: no
//! texts, no causes of the program's own.

/// Why a connection is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectRefusal {
    /// Anything that is nobody's business.
    Unspecified,
    /// The CONNECT is not well formed.
    Malformed,
    /// The CONNECT breaks the protocol.
    Protocol,
    /// Neither 3.1.1 nor 5.0.
    UnsupportedVersion,
    /// The client id is not allowed.
    ClientId,
    /// Wrong user name or password.
    BadCredentials,
    /// Known, but may not connect.
    NotAuthorized,
    /// The service cannot be used now.
    Unavailable,
    /// The service has too much to do.
    Busy,
    /// The client was shut out.
    Banned,
    /// There is no enhanced authentication.
    BadAuthenticationMethod,
    /// The will's topic is not allowed.
    TopicName,
    /// The CONNECT is too long.
    PacketTooLarge,
    /// A limit of the tenant or the platform is reached.
    QuotaExceeded,
    /// The will asks to be retained.
    RetainNotSupported,
    /// Too many connections in a short time.
    RateExceeded,
}

impl ConnectRefusal {
    /// The reason code of a CONNACK of 5.0.
    #[must_use]
    pub const fn code_5(self) -> u8 {
        match self {
            Self::Unspecified => 0x80,
            Self::Malformed => 0x81,
            Self::Protocol => 0x82,
            Self::UnsupportedVersion => 0x84,
            Self::ClientId => 0x85,
            Self::BadCredentials => 0x86,
            Self::NotAuthorized => 0x87,
            Self::Unavailable => 0x88,
            Self::Busy => 0x89,
            Self::Banned => 0x8A,
            Self::BadAuthenticationMethod => 0x8C,
            Self::TopicName => 0x90,
            Self::PacketTooLarge => 0x95,
            Self::QuotaExceeded => 0x97,
            Self::RetainNotSupported => 0x9A,
            Self::RateExceeded => 0x9F,
        }
    }

    /// The return code of a CONNACK of 3.1.1; none if the connection is to be closed without one.
    #[must_use]
    pub const fn code_3_1_1(self) -> Option<u8> {
        match self {
            Self::Malformed | Self::Protocol | Self::PacketTooLarge | Self::TopicName => None,
            Self::UnsupportedVersion => Some(1),
            Self::ClientId => Some(2),
            Self::Unavailable | Self::Busy | Self::QuotaExceeded | Self::RateExceeded => Some(3),
            Self::BadCredentials => Some(4),
            Self::Unspecified
            | Self::NotAuthorized
            | Self::Banned
            | Self::BadAuthenticationMethod
            | Self::RetainNotSupported => Some(5),
        }
    }
}

/// Why a published message is refused. 3.1.1 cannot say so: what would be refused again is confirmed like an accepted
/// one, otherwise the client would repeat it for ever; for the others the connection ends, so that it comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublishRefusal {
    /// It could not be stored; it may be sent again.
    Unspecified,
    /// It failed, and may fail again; 3.1.1 is not told that it was done all the same.
    Fault,
    /// The content is not acceptable.
    Content,
    /// The client may not publish this.
    NotAuthorized,
    /// Nothing is known under this topic.
    TopicName,
    /// A limit is reached; it may be sent again.
    QuotaExceeded,
    /// The payload is not what it says.
    PayloadFormat,
}

impl PublishRefusal {
    /// The reason code of a PUBACK or PUBREC of 5.0.
    #[must_use]
    pub const fn code_5(self) -> u8 {
        match self {
            Self::Unspecified | Self::Fault => 0x80,
            Self::Content => 0x83,
            Self::NotAuthorized => 0x87,
            Self::TopicName => 0x90,
            Self::QuotaExceeded => 0x97,
            Self::PayloadFormat => 0x99,
        }
    }

    /// Why a connection of 3.1.1 ends instead; none if the message is confirmed all the same.
    #[must_use]
    pub const fn ends_3_1_1(self) -> Option<Disconnect> {
        match self {
            Self::Unspecified | Self::Fault => Some(Disconnect::Unspecified),
            Self::QuotaExceeded => Some(Disconnect::QuotaExceeded),
            Self::Content | Self::NotAuthorized | Self::TopicName | Self::PayloadFormat => None,
        }
    }
}

/// Why a subscription is refused. 3.1.1 has one code for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscribeRefusal {
    /// It could not be done now.
    Unspecified,
    /// Not with this content, for example options that have no meaning here.
    Content,
    /// The client may not follow this.
    NotAuthorized,
    /// Nothing is ever sent under this filter.
    TopicFilter,
    /// A limit is reached.
    QuotaExceeded,
    /// Clients do not share subscriptions here.
    Shared,
}

impl SubscribeRefusal {
    /// The reason code of a SUBACK of 5.0.
    #[must_use]
    pub const fn code_5(self) -> u8 {
        match self {
            Self::Unspecified => 0x80,
            Self::Content => 0x83,
            Self::NotAuthorized => 0x87,
            Self::TopicFilter => 0x8F,
            Self::QuotaExceeded => 0x97,
            Self::Shared => 0x9E,
        }
    }

    /// The return code of a SUBACK of 3.1.1.
    #[must_use]
    pub const fn code_3_1_1(self) -> u8 {
        0x80
    }
}

/// What became of a wish to unsubscribe. 3.1.1 confirms without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unsubscribed {
    /// It is gone.
    Done,
    /// There was none.
    NotSubscribed,
    /// It could not be done now.
    Unspecified,
    /// The client may not.
    NotAuthorized,
}

impl Unsubscribed {
    /// The reason code of an UNSUBACK of 5.0.
    #[must_use]
    pub const fn code_5(self) -> u8 {
        match self {
            Self::Done => 0x00,
            Self::NotSubscribed => 0x11,
            Self::Unspecified => 0x80,
            Self::NotAuthorized => 0x87,
        }
    }
}

/// Why the server ends a connection that it had accepted. 5.0 tells the client, 3.1.1 just closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disconnect {
    /// Anything that is nobody's business.
    Unspecified,
    /// A packet is not well formed.
    Malformed,
    /// A packet breaks the protocol.
    Protocol,
    /// The client may no longer be connected.
    NotAuthorized,
    /// The service has too much to do.
    Busy,
    /// The service stops.
    ShuttingDown,
    /// Nothing was heard for one and a half keep-alive intervals.
    KeepAliveTimeout,
    /// Another connection with the same client id has taken the session.
    TakenOver,
    /// A filter is not well formed.
    TopicFilter,
    /// A topic is not well formed or too long.
    TopicName,
    /// More messages under way than agreed.
    ReceiveMaximumExceeded,
    /// A topic alias that does not exist.
    TopicAlias,
    /// A packet longer than agreed.
    PacketTooLarge,
    /// Too many messages in a short time.
    RateTooHigh,
    /// A limit is reached; also: the client does not take what it is sent.
    QuotaExceeded,
    /// An operator has decided so.
    Administrative,
    /// A message asks to be retained.
    RetainNotSupported,
}

impl Disconnect {
    /// The reason code of a DISCONNECT of 5.0.
    #[must_use]
    pub const fn code_5(self) -> u8 {
        match self {
            Self::Unspecified => 0x80,
            Self::Malformed => 0x81,
            Self::Protocol => 0x82,
            Self::NotAuthorized => 0x87,
            Self::Busy => 0x89,
            Self::ShuttingDown => 0x8B,
            Self::KeepAliveTimeout => 0x8D,
            Self::TakenOver => 0x8E,
            Self::TopicFilter => 0x8F,
            Self::TopicName => 0x90,
            Self::ReceiveMaximumExceeded => 0x93,
            Self::TopicAlias => 0x94,
            Self::PacketTooLarge => 0x95,
            Self::RateTooHigh => 0x96,
            Self::QuotaExceeded => 0x97,
            Self::Administrative => 0x98,
            Self::RetainNotSupported => 0x9A,
        }
    }
}
