// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IERC5192} from "./interfaces/IERC5192.sol";
import {INotice} from "./interfaces/INotice.sol";
import {IPostage} from "./interfaces/IPostage.sol";
import {Code} from "./libraries/Code.sol";
import {Funds} from "./libraries/Funds.sol";
import {NoticeMetadata} from "./libraries/NoticeMetadata.sol";

/// @title Notice
/// @notice What `INotice` says.
/// @dev Invariant: token n exists only at address n, from the first notice until it is burned; this contract holds no
/// tokens, and each notice destroyed the price. Owner and balance follow from one slot for each address.
contract Notice is INotice, Ownable2Step, Pausable {
    using Funds for IERC20;

    /// @inheritdoc INotice
    IERC20 public immutable token;

    /// @inheritdoc INotice
    IPostage.Disposal public immutable disposal;

    /// @inheritdoc INotice
    uint256 public immutable price;

    mapping(address recipient => Mail mail) private _mails;

    constructor(address owner_, IERC20 token_, IPostage.Disposal disposal_, uint256 price_) Ownable(owner_) {
        Code.requireAt(address(token_));
        if (price_ == 0) revert NoticePriceWrong();
        (token, disposal, price) = (token_, disposal_, price_);
    }

    /// @inheritdoc INotice
    function notify(address recipient) external returns (uint256) {
        return _notify(recipient);
    }

    /// @inheritdoc INotice
    function notifyWithPermit(address recipient, IPostage.Permit calldata permit) external returns (uint256) {
        token.usePermit(price, permit);
        return _notify(recipient);
    }

    /// @inheritdoc INotice
    function optOut() external {
        Mail storage mail = _mails[msg.sender];
        if (mail.isOptedOut) revert NoticeRefused(msg.sender);

        if (mail.isHeld) emit Transfer(msg.sender, address(0), _idOf(msg.sender));
        (mail.isHeld, mail.isOptedOut) = (false, true);
        emit OptedOut(msg.sender);
    }

    /// @inheritdoc INotice
    function optIn() external {
        if (!_mails[msg.sender].isOptedOut) revert NoticeNotOptedOut(msg.sender);

        _mails[msg.sender].isOptedOut = false;
        emit OptedIn(msg.sender);
    }

    /// @inheritdoc INotice
    function pause() external onlyOwner {
        _pause();
    }

    /// @inheritdoc INotice
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @inheritdoc INotice
    function mailOf(address recipient) external view returns (Mail memory) {
        return _mails[recipient];
    }

    /// @inheritdoc IERC721Metadata
    function name() external pure returns (string memory) {
        return "Pennypost Notice";
    }

    /// @inheritdoc IERC721Metadata
    function symbol() external pure returns (string memory) {
        return "NOTICE";
    }

    /// @inheritdoc IERC721Metadata
    function tokenURI(uint256 tokenId) external view returns (string memory) {
        address recipient = ownerOf(tokenId);
        return NoticeMetadata.uriOf(recipient, _mails[recipient]);
    }

    /// @inheritdoc IERC721
    function balanceOf(address account) external view returns (uint256) {
        if (account == address(0)) revert NoticeRecipientWrong(account);
        return _mails[account].isHeld ? 1 : 0;
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        ownerOf(tokenId);
        return true;
    }

    /// @inheritdoc IERC721
    function getApproved(uint256 tokenId) external view returns (address) {
        ownerOf(tokenId);
        return address(0);
    }

    /// @inheritdoc IERC721
    function isApprovedForAll(address, address) external pure returns (bool) {
        return false;
    }

    /// @inheritdoc IERC721
    function transferFrom(address, address, uint256 tokenId) external pure {
        revert NoticeBound(tokenId);
    }

    /// @inheritdoc IERC721
    function safeTransferFrom(address, address, uint256 tokenId) external pure {
        revert NoticeBound(tokenId);
    }

    /// @inheritdoc IERC721
    function safeTransferFrom(address, address, uint256 tokenId, bytes calldata) external pure {
        revert NoticeBound(tokenId);
    }

    /// @inheritdoc IERC721
    function approve(address, uint256 tokenId) external pure {
        revert NoticeBound(tokenId);
    }

    /// @inheritdoc IERC721
    function setApprovalForAll(address, bool) external view {
        revert NoticeBound(_idOf(msg.sender));
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return
            id == type(IERC165).interfaceId ||
            id == type(IERC721).interfaceId ||
            id == type(IERC721Metadata).interfaceId ||
            id == type(IERC5192).interfaceId;
    }

    /// @inheritdoc IERC721
    function ownerOf(uint256 tokenId) public view returns (address recipient) {
        recipient = address(uint160(tokenId));
        if (_idOf(recipient) != tokenId || !_mails[recipient].isHeld) revert NoticeUnknown(tokenId);
    }

    function _notify(address recipient) private whenNotPaused returns (uint256 count) {
        if (recipient == address(0)) revert NoticeRecipientWrong(recipient);
        Mail memory mail = _mails[recipient];
        if (mail.isOptedOut) revert NoticeRefused(recipient);

        count = ++mail.count;
        mail.lastAt = SafeCast.toUint40(block.timestamp);
        if (mail.firstAt == 0) mail.firstAt = mail.lastAt;
        if (!mail.isHeld) {
            mail.isHeld = true;
            emit Transfer(address(0), recipient, _idOf(recipient));
            emit Locked(_idOf(recipient));
        }
        _mails[recipient] = mail;
        emit Notified(msg.sender, recipient, count);

        token.destroyCallers(disposal, price);
    }

    function _idOf(address recipient) private pure returns (uint256) {
        return uint256(uint160(recipient));
    }
}
