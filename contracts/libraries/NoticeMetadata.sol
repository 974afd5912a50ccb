// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {INotice} from "../interfaces/INotice.sol";

// solhint-disable quotes

/// @title NoticeMetadata
/// @notice What a notice shows: JSON and SVG made from fixed words, the address and three numbers.
library NoticeMetadata {
    using Strings for uint256;
    using Strings for address;

    /// @notice A data URI of the token's JSON.
    /// @param recipient Whose notice it is.
    /// @param mail What it was told.
    /// @return The URI.
    function uriOf(address recipient, INotice.Mail memory mail) internal pure returns (string memory) {
        return string.concat("data:application/json;base64,", Base64.encode(bytes(_json(recipient, mail))));
    }

    function _json(address recipient, INotice.Mail memory mail) private pure returns (string memory) {
        return
            string.concat(
                '{"name":"Encrypted mail for you","description":"Somebody wants to send encrypted mail to ',
                recipient.toChecksumHexString(),
                ". Any Pennypost client makes an inbox for it with this wallet, and only its owner reads what comes. ",
                "This token costs nothing, asks for nothing and cannot be transferred; ",
                "to receive no more, call optOut of its contract.",
                '","image":"data:image/svg+xml;base64,',
                Base64.encode(bytes(_svg(recipient, mail))),
                '","attributes":[{"display_type":"number","trait_type":"Notices","value":',
                uint256(mail.count).toString(),
                '},{"display_type":"date","trait_type":"First","value":',
                uint256(mail.firstAt).toString(),
                '},{"display_type":"date","trait_type":"Last","value":',
                uint256(mail.lastAt).toString(),
                "}]}"
            );
    }

    function _svg(address recipient, INotice.Mail memory mail) private pure returns (string memory) {
        string memory noun = mail.count == 1 ? " notice" : " notices";
        return
            string.concat(
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">',
                "<title>Encrypted mail for you</title>",
                '<rect width="400" height="400" fill="#14213d"/>',
                '<rect x="70" y="110" width="260" height="160" rx="10" fill="#fff"/>',
                '<path d="M70 120l130 90 130-90" fill="none" stroke="#14213d" stroke-width="6"/>',
                '<circle cx="200" cy="212" r="22" fill="#b5172f"/>',
                '<g fill="#fff" font-family="sans-serif" text-anchor="middle">',
                '<text x="200" y="70" font-size="26">Encrypted mail for you</text>',
                '<text x="200" y="320" font-size="22">',
                uint256(mail.count).toString(),
                noun,
                '</text><text x="200" y="360" font-size="13">',
                recipient.toChecksumHexString(),
                "</text></g></svg>"
            );
    }
}
