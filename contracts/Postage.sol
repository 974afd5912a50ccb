// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {INoteSource} from "./interfaces/INoteSource.sol";
import {INoteTree} from "./interfaces/INoteTree.sol";
import {IPostage} from "./interfaces/IPostage.sol";
import {ClassId} from "./libraries/ClassId.sol";
import {Code} from "./libraries/Code.sol";
import {Funds} from "./libraries/Funds.sol";

/// @title Postage
/// @notice What `IPostage` says.
/// @dev Invariant: this contract holds no tokens; what it destroyed is the sum of `cost` over all `StampsBought`, and
/// each of those is one note of the tree with the class, limit and lifetime that the buyer paid for.
contract Postage is IPostage, INoteSource, Ownable2Step, Pausable {
    using Funds for IERC20;

    /// @dev A class and whether it is closed, in one slot.
    struct Offer {
        uint96 price;
        uint32 unitsPerTicket;
        uint32 laneTtl;
        uint32 rootWindow;
        uint32 noteTtl;
        bool isClosed;
    }

    uint256 private constant MAX_COUNT = 256;

    /// @inheritdoc IPostage
    IERC20 public immutable token;

    /// @inheritdoc IPostage
    INoteTree public immutable tree;

    /// @inheritdoc IPostage
    Disposal public immutable disposal;

    /// @inheritdoc IPostage
    uint256 public classCount;

    mapping(uint256 class => Offer offer) private _offers;

    constructor(address owner_, IERC20 token_, INoteTree tree_, Disposal disposal_) Ownable(owner_) {
        Code.requireAt(address(token_));
        Code.requireAt(address(tree_));
        (token, tree, disposal) = (token_, tree_, disposal_);
    }

    /// @inheritdoc IPostage
    function addClass(Class calldata terms) external onlyOwner returns (uint256 class) {
        _checkRange(Field.Price, terms.price, 1, type(uint96).max);
        _checkRange(Field.UnitsPerTicket, terms.unitsPerTicket, 1, 4096);
        _checkRange(Field.LaneTtl, terms.laneTtl, 1 minutes, 30 days);
        _checkRange(Field.RootWindow, terms.rootWindow, 1 minutes, 30 days);
        _checkRange(Field.NoteTtl, terms.noteTtl, 1 days, 3650 days);

        class = ++classCount;
        _offers[class] = Offer({
            price: terms.price,
            unitsPerTicket: terms.unitsPerTicket,
            laneTtl: terms.laneTtl,
            rootWindow: terms.rootWindow,
            noteTtl: terms.noteTtl,
            isClosed: false
        });
        emit ClassAdded(class, classIdOf(class), terms);
    }

    /// @inheritdoc IPostage
    function closeClass(uint256 class) external onlyOwner {
        if (_offer(class).isClosed) revert PostageClassClosed(class);

        _offers[class].isClosed = true;
        emit ClassClosed(class);
    }

    /// @inheritdoc IPostage
    function buy(uint256 class, uint256 commitment, uint256 count) external whenNotPaused returns (uint256 leafIndex) {
        Offer memory offer = _offer(class);
        return _buy(class, offer, commitment, count, _cost(offer, count));
    }

    /// @inheritdoc IPostage
    function buyWithPermit(
        uint256 class,
        uint256 commitment,
        uint256 count,
        Permit calldata permit
    ) external whenNotPaused returns (uint256 leafIndex) {
        Offer memory offer = _offer(class);
        uint256 cost = _cost(offer, count);
        token.usePermit(cost, permit);
        return _buy(class, offer, commitment, count, cost);
    }

    /// @inheritdoc IPostage
    function pause() external onlyOwner {
        _pause();
    }

    /// @inheritdoc IPostage
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @inheritdoc IPostage
    function classOf(uint256 class) external view returns (Class memory terms) {
        Offer memory offer = _offer(class);
        return Class(offer.price, offer.unitsPerTicket, offer.laneTtl, offer.rootWindow, offer.noteTtl);
    }

    /// @inheritdoc INoteSource
    function noteClass(uint256 number) external view returns (NoteClass memory class) {
        Offer memory offer = _offer(number);
        class = NoteClass(ClassId.STAMP, address(this), uint32(number), offer.price, 0, 0, 0, 0, 0);
        (class.unitsPerTicket, class.laneTtl, class.rootWindow) = (
            offer.unitsPerTicket,
            offer.laneTtl,
            offer.rootWindow
        );
    }

    /// @inheritdoc IPostage
    function isClosed(uint256 class) external view returns (bool) {
        return _offer(class).isClosed;
    }

    /// @inheritdoc IPostage
    function costOf(uint256 class, uint256 count) external view returns (uint256) {
        return _cost(_offer(class), count);
    }

    /// @inheritdoc IPostage
    function classIdOf(uint256 class) public view returns (uint256) {
        _offer(class);
        return tree.classIdOf(address(this), class);
    }

    function _buy(
        uint256 class,
        Offer memory offer,
        uint256 commitment,
        uint256 count,
        uint256 cost
    ) private returns (uint256 leafIndex) {
        if (offer.isClosed) revert PostageClassClosed(class);

        leafIndex = tree.append(commitment, class, count, block.timestamp + offer.noteTtl);
        emit StampsBought(msg.sender, class, leafIndex, count, cost);

        _destroy(cost);
    }

    function _destroy(uint256 cost) private {
        uint256 destroyed = token.tryDestroyCallers(disposal, cost);
        if (destroyed != cost) revert PostageNotDestroyed(cost, destroyed);
    }

    function _offer(uint256 class) private view returns (Offer memory offer) {
        offer = _offers[class];
        if (offer.price == 0) revert PostageClassUnknown(class);
    }

    function _cost(Offer memory offer, uint256 count) private pure returns (uint256) {
        if (count == 0 || count > MAX_COUNT) revert PostageCountOutOfRange(count);
        return offer.price * count;
    }

    function _checkRange(Field field, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert PostageClassOutOfRange(field, value, least, most);
    }
}
